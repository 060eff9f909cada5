/** What a generated `fromPartial` accepts: any subset of a message's fields, at any depth. */
export type DeepPartial<T> = T extends bigint | string | number | boolean | undefined
  ? T
  : T extends (infer U)[]
    ? DeepPartial<U>[]
    : T extends { $case: string; value: unknown }
      ? { $case: T['$case']; value: DeepPartial<T['value']> }
      : { [K in keyof T]?: DeepPartial<T[K]> };
