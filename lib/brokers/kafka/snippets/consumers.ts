import { highlightedProgram } from '#lib/util/highlighted-program.ts'
import { literal, shellWord } from '#lib/util/program-literals.ts'
import { settingValue } from '#lib/util/setting-value.ts'
import type { Snippet, SnippetContext } from '../../contract.ts'
import { servers } from './producers.ts'

/** What decides who gets which messages: the group, and where it starts if it never committed. */
export interface GroupChoice {
  group: string
  from: 'latest' | 'earliest'
  without: string
}

const isolationOf = ({ consumer }: SnippetContext): string =>
  settingValue(consumer?.settings ?? {}, 'isolation', 'read_committed')

function kafkaPython(place: SnippetContext, { group, from, without }: GroupChoice): Snippet {
  const program = highlightedProgram(
    [
      'from kafka import KafkaConsumer',
      '',
      'consumer = KafkaConsumer(',
      `    ${literal(place.address)},`,
      `    bootstrap_servers=${servers(place)},`,
      `    auto_offset_reset=${literal(from)},`,
      `    isolation_level=${literal(isolationOf(place))},`,
    ],
    `    group_id=${literal(group)},`,
    [')', 'for record in consumer:', '    print(record.value.decode())'],
  )
  return { label: 'kafka-python', language: 'python', ...program, without }
}

function kafkajs(place: SnippetContext, { group, from, without }: GroupChoice): Snippet {
  const uncommitted = isolationOf(place) === 'read_uncommitted'
  const program = highlightedProgram(
    [
      "import { Kafka } from 'kafkajs'",
      '',
      `const kafka = new Kafka({ brokers: ${servers(place)} })`,
      '// kafkajs shares out in a way of its own: it cannot join a group whose members share out by range.',
      'const consumer = kafka.consumer({',
    ],
    `  groupId: ${literal(`${group}.kafkajs`)},`,
    [
      ...(uncommitted ? ['  readUncommitted: true,'] : []),
      '})',
      'await consumer.connect()',
      `await consumer.subscribe({ topics: [${literal(place.address)}], fromBeginning: ${from === 'earliest'} })`,
      'await consumer.run({',
      '  eachMessage: async ({ message }) => console.log(message.value.toString()),',
      '})',
    ],
  )
  return { label: 'kafkajs', language: 'javascript', ...program, without }
}

function kcat(place: SnippetContext, { group, from, without }: GroupChoice): Snippet {
  const how = `-X auto.offset.reset=${from} -X isolation.level=${isolationOf(place)}`
  const line = `kcat -u -q -b ${shellWord(place.broker)} -G ${shellWord(group)} ${how} ${shellWord(place.address)}`
  return { label: 'kcat', language: 'shell', ...highlightedProgram([], line), without }
}

export const consumers = (place: SnippetContext, choice: GroupChoice): readonly Snippet[] => [
  kafkaPython(place, choice),
  kafkajs(place, choice),
  kcat(place, choice),
]
