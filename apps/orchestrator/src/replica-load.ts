import type { ReplicaStatus } from '@outrider/contracts';

/** How busy a replica is: what it said last, kept up to date with what this process did since. */
export interface ReplicaLoad {
  status(): ReplicaStatus;
  /** Sessions that it serves or that wait for it, by slot: from 1 on a further one has to wait. */
  value(): number;
  /** A session of this process begins; call what it returns when it is over. */
  enter(): () => void;
  /** What the replica says now. */
  update(status: ReplicaStatus): void;
}

export function createReplicaLoad(first: ReplicaStatus): ReplicaLoad {
  let status = first;
  let own = 0;
  /** Of the sessions the status counts, those of this process. */
  let ownCounted = 0;
  return {
    status: () => status,
    value() {
      const others = Math.max(0, status.slotsInUse + status.queued - ownCounted);
      return (others + own) / Math.max(1, status.slots);
    },
    enter() {
      own++;
      let over = false;
      return () => {
        if (over) return;
        over = true;
        own--;
      };
    },
    update(next) {
      status = next;
      ownCounted = own;
    },
  };
}
