import { numberWord } from './receipts.ts'
import { listed } from './sentence.ts'

/** Whom a send to all brokers goes to, as its field, its buttons and its receipt name them. */
export interface TargetsWords {
  /** "all three", "Redis and Kafka", "Kafka alone", "no broker". */
  all: string
  /** The same where it says that they are brokers: "all three brokers". */
  brokers: string
  /** In the empty field. */
  placeholder: string
}

/** `labels`: of those it goes to. `of`: how many brokers there are. */
export function targetsWords(labels: readonly string[], of: number): TargetsWords {
  if (labels.length === 0) {
    return { all: 'no broker', brokers: 'no broker', placeholder: 'There is no broker to send to' }
  }
  const isAll = labels.length === of && of > 1
  // A lane has a field for one broker of its own, which bears the bare label.
  const named = labels.length === 1 ? `${listed(labels)} alone` : listed(labels)
  const all = isAll ? `all ${numberWord(of)}` : named
  return { all, brokers: isAll ? `${all} brokers` : named, placeholder: `Message to ${all}` }
}
