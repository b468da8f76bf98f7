import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ROLES } from '#lib/protocol/command-definition.ts'
import { commandNamed, commandNames } from '#lib/protocol/command-table.ts'
import { projectRoot as root } from '#test/support/source-files.ts'

const text = readFileSync(join(root, 'docs/sharing.md'), 'utf8')

/** A role's line: the commands that it has beside those of the roles before it. */
const listed = (role: string): string[] => {
  const line = text.split('\n').find((one) => one.startsWith(`- **${role}**: `)) ?? ''
  return [...line.matchAll(/`([a-z:-]+)`/g)].map(([, name = '']) => name).sort()
}

test.each(ROLES)('the page about sharing lists what takes the role %s', (role) => {
  expect(listed(role)).toEqual(commandNames.filter((name) => commandNamed(name).needs === role).sort())
})

test('the page about sharing names the commands that a participant may run on their own alone', () => {
  const [, sentence = ''] =
    /^On consumers that are not their own, (.+) are a presenter’s\.$/m.exec(text) ?? []
  const named = [...sentence.matchAll(/`([a-z:-]+)`/g)].map(([, name = '']) => name).sort()
  expect(named).toEqual(commandNames.filter((name) => commandNamed(name).ownOnly).sort())
})
