import { describe, expect, it } from 'vitest';
import { balancedOrder } from './order.js';

describe.each([1, 2, 3, 4, 5, 9, 10])('the order of %i things', (count) => {
  const rows = count % 2 === 1 ? 2 * count : count;
  const orders = Array.from({ length: rows }, (_, row) => balancedOrder(count, row));

  it('holds each of them once in every row', () => {
    for (const order of orders)
      expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
  });

  it('puts each at each place equally often', () => {
    for (let place = 0; place < count; place++) {
      const counts = new Map<number, number>();
      for (const order of orders) counts.set(order[place] as number, (counts.get(order[place] as number) ?? 0) + 1);
      expect([...counts.values()]).toEqual(Array.from({ length: count }, () => rows / count));
    }
  });

  it('lets each follow each other one equally often', () => {
    const counts = new Map<string, number>();
    for (const order of orders) {
      for (let i = 1; i < count; i++) {
        const pair = `${order[i - 1]} ${order[i]}`;
        counts.set(pair, (counts.get(pair) ?? 0) + 1);
      }
    }
    expect(counts.size).toBe(count * (count - 1));
    expect(new Set(counts.values()).size).toBeLessThanOrEqual(1);
  });
});

it('goes on after the last row of the square', () => {
  expect(balancedOrder(4, 4)).toEqual(balancedOrder(4, 0));
  expect(balancedOrder(3, 6)).toEqual(balancedOrder(3, 0));
});
