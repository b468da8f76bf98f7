import { expect, test } from 'vitest'
import { createStrayKeys } from '#components/actions/stray-keys.ts'

const COMMANDS = 'pi123R?'

/** Presses the keys of a text one after another where nothing has the focus. Answers the texts that came of it, if any. */
function typed(text: string, apartMs: number) {
  const strays = createStrayKeys()
  const undone: string[] = []
  const texts = Array.from(text, (key, index) => {
    const isCommand = COMMANDS.includes(key)
    const found = strays.press({ key, at: index * apartMs, isLoose: true, isCommand })
    if (found === null && isCommand) strays.did(() => undone.push(key))
    return found
  })
  return { texts, undone: undone.join('') }
}

test('keys that come together are a text when one of them does nothing, and what the others did is undone', () => {
  expect(typed('hi', 100)).toEqual({ texts: [null, 'hi'], undone: '' })
  expect(typed('is', 390)).toEqual({ texts: [null, 'is'], undone: 'i' })
  expect(typed('pin', 100)).toEqual({ texts: [null, null, 'pin'], undone: 'ip' })
  expect(typed('Re', 100)).toEqual({ texts: [null, 'Re'], undone: 'R' })
})

test('keys that come one by one are commands, and so are keys that each do something, however fast they come', () => {
  expect(typed('pin', 500)).toEqual({ texts: [null, null, null], undone: '' })
  expect(typed('123', 100)).toEqual({ texts: [null, null, null], undone: '' })
  expect(typed('i2', 5)).toEqual({ texts: [null, null], undone: '' })
})

test('a text goes on where a command took the focus, and never begins where something has it', () => {
  const strays = createStrayKeys()
  const press = (key: string, at: number, isLoose: boolean) =>
    strays.press({ key, at, isLoose, isCommand: COMMANDS.includes(key) })
  expect(press('i', 0, true)).toBeNull()
  expect(press('t', 90, false)).toBe('it')
  expect(press('a', 1_000, false)).toBeNull()
  expect(press('b', 1_050, false)).toBeNull()
})
