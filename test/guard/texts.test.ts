import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { projectRoot, sourceFiles } from '#test/support/source-files.ts'

/** `text.slice(0, TEXT_MAX_CHARS)`: it may end in the middle of a character. */
const RAW_CUT = /\.(?:slice|substring|substr)\(\s*(?:0\s*,\s*|-)[A-Z_]*CHAR/

test('texts are cut between characters, by lib/util/cut-text.ts alone', () => {
  const cutting = sourceFiles(['app', 'components', 'lib'], /\.tsx?$/).filter((file) =>
    RAW_CUT.test(readFileSync(join(projectRoot, file), 'utf8')),
  )
  expect(cutting).toEqual(['lib/util/cut-text.ts'])
})
