import { expect, it } from 'vitest';
import { Company } from './company.js';

/** Sessions that have come `thinkMs` after each answer, the last of which was at 1000. */
function companyOf(thinkMs: Readonly<Record<string, number>>): Company {
  const company = new Company();
  for (const [id, think] of Object.entries(thinkMs)) {
    company.answered(id, 0);
    company.asked(id, think);
    company.answered(id, 1000);
  }
  return company;
}

it('waits for those who are likely to come in time, a bit longer than they usually take, and not for others', () => {
  const company = companyOf({ a: 1, b: 2, slow: 50 });
  company.asked('a', 1001);
  expect(company.expectedUntil(1001, 1005)).toBe(1003);
  expect(company.expectedUntil(1001, 1002.5)).toBe(1002.5);
  expect(company.expectedUntil(1001, 1001.5)).toBe(1001);
  company.asked('b', 1002);
  expect(company.expectedUntil(1002, 1005)).toBe(1002);
});

it('does not wait for a session that is over, that has not come back yet once, or that is overdue', () => {
  const company = companyOf({ a: 1, b: 2 });
  company.answered('new', 1000);
  company.left('b');
  expect(company.size).toBe(2);
  expect(company.expectedUntil(1000, 1010)).toBe(1001.5);
  expect(company.expectedUntil(1003, 1010)).toBe(1003);
  company.left('a');
  company.asked('b', 1003);
  expect(company.size).toBe(1);
  expect(company.expectedUntil(1000, 1010)).toBe(1000);
});

it('tries waiting for one that came while nobody could look, and no more for a while if that was in vain', () => {
  const company = companyOf({ a: 50 });
  company.asked('a', undefined);
  company.answered('a', 2000);
  expect(company.expectedUntil(2000, 2004)).toBe(2004);
  company.starts();
  for (let block = 0; block < 8; block++) {
    expect(company.expectedUntil(2000, 2004)).toBe(2000);
    company.asked('a', undefined);
    company.answered('a', 2000);
  }
  expect(company.expectedUntil(2000, 2004)).toBe(2004);
  company.asked('a', 2002);
  company.starts();
  company.answered('a', 3000);
  expect(company.expectedUntil(3000, 3004)).toBe(3003);
});
