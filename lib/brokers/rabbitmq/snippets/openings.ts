import { literal } from '#lib/util/program-literals.ts'
import type { SnippetContext } from '../../contract.ts'

export const urlOf = ({ broker }: SnippetContext): string => `amqp://${broker}`

export const pikaOpening = (place: SnippetContext): string[] => [
  'import pika',
  '',
  `connection = pika.BlockingConnection(pika.URLParameters(${literal(urlOf(place))}))`,
  'channel = connection.channel()',
]

export const amqplibOpening = (place: SnippetContext, channel: 'Channel' | 'ConfirmChannel'): string[] => [
  "import { connect } from 'amqplib'",
  '',
  `const connection = await connect(${literal(urlOf(place))})`,
  `const channel = await connection.create${channel}()`,
]
