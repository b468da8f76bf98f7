import { expect, test } from 'vitest'
import { createStrayKeys } from '#components/actions/stray-keys.ts'

/** Presses the keys of a text one after another where nothing has the focus. Answers the text that came of it, if any. */
function typed(text: string, apartMs: number) {
  const strays = createStrayKeys()
  let undone = 0
  const texts = Array.from(text, (key, index) => {
    const found = strays.press(key, index * apartMs, true)
    if (found === null) strays.did(() => (undone += 1))
    return found
  })
  return { texts, undone }
}

test('keys that come together are a text, and what the first one did is undone', () => {
  expect(typed('hi', 100)).toEqual({ texts: [null, 'hi'], undone: 1 })
  expect(typed('is', 390)).toEqual({ texts: [null, 'is'], undone: 1 })
})

test('keys that come one by one are commands, and so are numbers', () => {
  expect(typed('pi', 500)).toEqual({ texts: [null, null], undone: 0 })
  expect(typed('123', 100)).toEqual({ texts: [null, null, null], undone: 0 })
})

test('a text goes on where a command took the focus, and never begins where something has it', () => {
  const strays = createStrayKeys()
  expect(strays.press('i', 0, true)).toBeNull()
  expect(strays.press('t', 90, false)).toBe('it')
  expect(strays.press('a', 1_000, false)).toBeNull()
  expect(strays.press('b', 1_050, false)).toBeNull()
})
