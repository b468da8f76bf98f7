/**
 * What a table of keys has for a key; undefined where it has nothing. The sheet of keys demands a line for every key of such a
 * table by its type, so that no key is handled and left unsaid.
 */
export const onKey = <T extends object>(table: T, key: string): T[keyof T] | undefined =>
  Object.hasOwn(table, key) ? table[key as keyof T] : undefined
