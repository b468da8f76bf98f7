import { highlightedProgram } from '#lib/util/highlighted-program.ts'
import { isPlain, literal, printfFormat, shellWord } from '#lib/util/program-literals.ts'
import { settingValue } from '#lib/util/setting-value.ts'
import type { Snippet, SnippetContext } from '../../contract.ts'

const KEYED =
  'Messages of one key lie in one partition, in order. Without the marked line they spread, and only each partition is in order.'
const NO_KEY = 'Without a key it lies in any partition; order holds within each partition only.'
/** A character that no text contains, so that kcat takes the whole input for one message. */
const RECORD_SEPARATOR = '\\x1e'

export const servers = ({ broker }: SnippetContext): string =>
  `[${broker
    .split(',')
    .map((one) => literal(one.trim()))
    .join(', ')}]`

/** The acknowledgements that the topic's settings ask for. */
const acksOf = ({ settings }: SnippetContext): string => settingValue(settings, 'acks', 'all')

function kafkaPython(place: SnippetContext): Snippet {
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
  return {
    label: 'kafka-python',
    language: 'python',
    ...program,
    without: key === undefined ? NO_KEY : KEYED,
  }
}

function kafkajs(place: SnippetContext): Snippet {
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
  return { label: 'kafkajs', language: 'javascript', ...program, without: key === undefined ? NO_KEY : KEYED }
}

function kcat(place: SnippetContext): Snippet {
  const { address, text, key, broker } = place
  const words = isPlain(text) ? `printf %s ${shellWord(text)}` : printfFormat(text)
  const withKey = key === undefined ? '' : ` -k ${shellWord(key)}`
  const line = `${words} | kcat -P -b ${shellWord(broker)} -t ${shellWord(address)} -D '${RECORD_SEPARATOR}'${withKey}`
  return {
    label: 'kcat',
    language: 'shell',
    ...highlightedProgram([], line),
    without: key === undefined ? NO_KEY : KEYED,
  }
}

/** Programs that publish the same record, for the clients that people use. */
export const producers = (place: SnippetContext): readonly Snippet[] => [
  kafkaPython(place),
  kafkajs(place),
  kcat(place),
]
