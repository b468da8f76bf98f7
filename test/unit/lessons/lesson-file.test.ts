import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { catalog } from '#lib/brokers/catalog.ts'
import { readLessonFile } from '#lib/lessons/lesson-file.ts'
import { lessonJsonSchema } from '#lib/protocol/lesson.ts'
import { faultLine } from '#lib/util/yaml-file.ts'
import { lessonNames, lessonText, readLessons } from '#test/support/lessons.ts'
import { projectRoot } from '#test/support/source-files.ts'

const faultsOf = (text: string): string[] => {
  const read = readLessonFile(text)
  return read.ok ? [] : read.faults.map(faultLine)
}

describe('the lessons', () => {
  test.each(lessonNames)('%s can be read', (name) => {
    expect(faultsOf(lessonText(name))).toEqual([])
  })

  test('have every mode on every system', () => {
    const all = [...readLessons({ stopBrokers: false }).values()]
    const taught = new Set(
      all.flatMap(({ scene }) => scene.destinations.map(({ system, mode }) => `${system} ${mode}`)),
    )
    const cells = catalog.flatMap(({ id, modes }) => Object.keys(modes).map((mode) => `${id} ${mode}`))
    expect(cells.filter((cell) => !taught.has(cell))).toEqual([])
  })

  test('have a published schema that is current: `npm run lesson -- --schema > lessons/lesson.schema.json`', () => {
    const published = readFileSync(join(projectRoot, 'lessons/lesson.schema.json'), 'utf8')
    expect(JSON.parse(published)).toEqual(JSON.parse(JSON.stringify(lessonJsonSchema())))
  })
})

describe('a lesson file that is wrong says in which line, and why', () => {
  const right = lessonText('crash-a-worker')
  const lineOf = (part: string) => right.split('\n').findIndex((line) => line.includes(part)) + 1

  test.each([
    ['no YAML', 'expect:\n', 'expect: [\n', 'expect', ''],
    ['an unknown field', 'level: beginner', 'levels: beginner', 'level: beginner', 'no such field'],
    ['an unknown step', '- say:', '- sya:', '- say:', 'no such field'],
    ['an unknown setting', 'ackMode: manual', 'ackMod: manual', 'ackMode', 'no setting "ackMod"'],
    ['a system that there is not', 'system: rabbitmq', 'system: nats', 'system:', 'no system "nats"'],
    ['a consumer that nobody added', '{ crash: worker-1 }', '{ crash: worker-9 }', '{ crash', 'worker-9'],
    [
      'a label that nothing bears',
      '{ who: worker-2, arrivals: 3 }',
      '{ who: worker-2, of: jobs, arrivals: 3 }',
      '- redelivered',
      'nothing is sent as jobs',
    ],
    [
      'two right choices',
      '- text: They are lost with worker-1',
      '- text: They are lost\n      right: true',
      'choices:',
      'exactly one choice',
    ],
    ['a link that is none', 'https://www', 'http://www', 'url:', 'URL'],
  ])('%s', (_, from, to, near, reason) => {
    const [fault = 'it was accepted'] = faultsOf(right.replace(from, to))
    expect(fault).toContain(reason)
    if (reason !== '') expect(fault).toMatch(new RegExp(`^line ${lineOf(near)}\\b`))
  })

  test('a huge or a hostile one', () => {
    expect(faultsOf(right + '#'.repeat(100_000))).toEqual([expect.stringContaining('longer than')])
    expect(faultsOf('&a [*a, *a]')).not.toEqual([])
    expect(faultsOf('{'.repeat(60_000))).not.toEqual([])
    expect(faultsOf('__proto__: { title: x }')).not.toEqual([])
  })
})
