/**
 * A poison message: one whose processing always fails, at every consumer, whatever its settings say. This header makes one,
 * whatever its value; a sender sets it like any other.
 */
export const POISON_HEADER = 'x-poison'

/** Whether these headers make a message poison. Any program may have written them. */
export const isPoison = (headers: object | null | undefined): boolean =>
  headers !== null && headers !== undefined && Object.hasOwn(headers, POISON_HEADER)
