import type { KeyboardEvent } from 'react'

/**
 * What `keyCode` says while a word is being composed (an IME). Safari reports the Enter that ends it with `isComposing`
 * false.
 */
const IN_COMPOSITION = 229

/** An Enter that means "done": without Shift, which makes a line, and not the one that ends a word still being composed. */
export const isEnter = ({ key, shiftKey, keyCode, nativeEvent }: KeyboardEvent): boolean =>
  key === 'Enter' && !shiftKey && !nativeEvent.isComposing && keyCode !== IN_COMPOSITION
