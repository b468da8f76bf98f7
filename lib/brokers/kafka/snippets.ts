import { highlightedProgram } from '#lib/util/highlighted-program.ts'
import { isPlain, literal, printfFormat, shellWord } from '#lib/util/program-literals.ts'
import { settingValue } from '#lib/util/setting-value.ts'
import type { Snippet, SnippetContext } from '../contract.ts'
import { subscriberGroup, workerGroup } from './settings.ts'

/** Programs that publish the record on the screen, or read as the consumer on the screen does, for the clients that people use. */

type Program = Omit<Snippet, 'without'>

const KEYED =
  'Messages of one key lie in one partition, in order. Without the marked line they spread, and only each partition is in order.'
const NO_KEY = 'Without a key it lies in any partition; order holds within each partition only.'
/** All workers are members of one group and split its partitions. */
export const queueSnippets = (place: SnippetContext): readonly Snippet[] =>
  snippets(place, ({ group }) => ({
    group: group ?? workerGroup(place.address),
    from: 'earliest',
    without:
      'All workers name the same group, and so share the work. With a name of its own each would get everything.',
  }))

/** Each subscriber is a group of its own and gets every message. */
export const fanoutSnippets = (place: SnippetContext): readonly Snippet[] =>
  snippets(place, ({ group, name }) => ({
    group: group ?? subscriberGroup(place.address, name),
    from: 'latest',
    without:
      'A group of its own gets everything. With the name of another one, it would take a share of that one’s messages.',
  }))

/** People choose the groups: each group gets every message, its members split the partitions. */
export const logSnippets = (place: SnippetContext): readonly Snippet[] =>
  snippets(place, ({ group, name, settings }) => ({
    group: group ?? name,
    from: settingValue(settings, 'from', 'latest') === 'earliest' ? 'earliest' : 'latest',
    without:
      'The group remembers how far it has read. Under another name, it starts anew and reads beside this one.',
  }))

/** What decides who gets which messages: the group, and where it starts if it never committed. */
interface GroupChoice {
  group: string
  from: 'latest' | 'earliest'
  without: string
}

function snippets(
  place: SnippetContext,
  choiceOf: (consumer: NonNullable<SnippetContext['consumer']>) => GroupChoice,
): readonly Snippet[] {
  if (!place.consumer) {
    const without = place.key === undefined ? NO_KEY : KEYED
    return [pythonProducer, kafkajsProducer, kcatProducer].map((write) => ({ ...write(place), without }))
  }
  const choice = choiceOf(place.consumer)
  const { without } = choice
  return [pythonConsumer, kafkajsConsumer, kcatConsumer].map((write) => ({
    ...write(place, choice),
    without,
  }))
}

/** A character that no text contains, so that kcat takes the whole input for one message. */
const RECORD_SEPARATOR = '\\x1e'

const servers = ({ broker }: SnippetContext): string =>
  `[${broker
    .split(',')
    .map((one) => literal(one.trim()))
    .join(', ')}]`

/** The acknowledgements that the topic's settings ask for. */
const acksOf = ({ settings }: SnippetContext): string => settingValue(settings, 'acks', 'all')

function pythonProducer(place: SnippetContext): Program {
  const { address, text, key } = place
  const acks = acksOf(place) === 'all' ? literal('all') : acksOf(place)
  const before = [
    'from kafka import KafkaProducer',
    '',
    `producer = KafkaProducer(bootstrap_servers=${servers(place)}, acks=${acks})`,
    'record = producer.send(',
    `    ${literal(address)},`,
  ]
  const value = `    value=${literal(text)}.encode(),`
  const after = [').get(timeout=10)', 'print(record.partition, record.offset)', 'producer.close()']
  const program =
    key === undefined
      ? highlightedProgram(before, value, after)
      : highlightedProgram([...before, value], `    key=${literal(key)}.encode(),`, after)
  return { label: 'kafka-python', language: 'python', ...program }
}

function kafkajsProducer(place: SnippetContext): Program {
  const { address, text, key } = place
  const acks = acksOf(place) === 'all' ? '-1' : acksOf(place)
  const message =
    key === undefined ? `{ value: ${literal(text)} }` : `{ key: ${literal(key)}, value: ${literal(text)} }`
  const program = highlightedProgram(
    [
      "import { Kafka, Partitioners } from 'kafkajs'",
      '',
      `const kafka = new Kafka({ brokers: ${servers(place)} })`,
      'const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })',
      'await producer.connect()',
    ],
    `await producer.send({ topic: ${literal(address)}, acks: ${acks}, messages: [${message}] })`,
    ['await producer.disconnect()'],
  )
  return { label: 'kafkajs', language: 'javascript', ...program }
}

function kcatProducer(place: SnippetContext): Program {
  const { address, text, key, broker } = place
  const words = isPlain(text) ? `printf %s ${shellWord(text)}` : printfFormat(text)
  const withKey = key === undefined ? '' : ` -k ${shellWord(key)}`
  const line = `${words} | kcat -P -b ${shellWord(broker)} -t ${shellWord(address)} -D '${RECORD_SEPARATOR}'${withKey}`
  return { label: 'kcat', language: 'shell', ...highlightedProgram([], line) }
}

const isolationOf = ({ consumer }: SnippetContext): string =>
  settingValue(consumer?.settings ?? {}, 'isolation', 'read_committed')

function pythonConsumer(place: SnippetContext, { group, from }: GroupChoice): Program {
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
  return { label: 'kafka-python', language: 'python', ...program }
}

function kafkajsConsumer(place: SnippetContext, { group, from }: GroupChoice): Program {
  const uncommitted = isolationOf(place) === 'read_uncommitted'
  const program = highlightedProgram(
    [
      "import { Kafka } from 'kafkajs'",
      '',
      `const kafka = new Kafka({ brokers: ${servers(place)} })`,
      '// kafkajs assigns partitions in a way of its own: it cannot join a group whose members use the range assignor.',
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
  return { label: 'kafkajs', language: 'javascript', ...program }
}

function kcatConsumer(place: SnippetContext, { group, from }: GroupChoice): Program {
  const how = `-X auto.offset.reset=${from} -X isolation.level=${isolationOf(place)}`
  const line = `kcat -u -q -b ${shellWord(place.broker)} -G ${shellWord(group)} ${how} ${shellWord(place.address)}`
  return { label: 'kcat', language: 'shell', ...highlightedProgram([], line) }
}
