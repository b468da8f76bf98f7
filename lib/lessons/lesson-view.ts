import type { LedgerViews } from '#lib/ledger/model/ledger-views.ts'
import type { GhostView } from '#lib/ledger/model/trace-views.ts'
import type { DeliveryView, LifeView } from '#lib/ledger/model/views.ts'
import { type ConsumerPlace, type DestinationPlace, idOf, type Places } from './places.ts'

export interface SentMessage {
  id: string
  text: string
}

/** What became of a message on one destination; undefined while nothing is known of it. */
export interface LessonLife {
  message: SentMessage
  life: LifeView | undefined
}

/** An arrival of one of a lesson's messages; `index` is the message's place in the order in which they were sent. */
export interface LessonArrival extends DeliveryView {
  index: number
  text: string
  /** The id of the consumer. */
  consumerId: string
}

const NOT_THERE: ReadonlySet<GhostView['why']> = new Set([
  'absent-gone',
  'absent-waits',
  'sent-before-joining',
])

/** What is known of a lesson under way: what it has sent, and what the ledger has worked out since. */
export class LessonView {
  readonly ledger: LedgerViews
  readonly places: Places
  private readonly sent: Array<SentMessage & { label: string }> = []

  constructor(ledger: LedgerViews, places: Places) {
    this.ledger = ledger
    this.places = places
  }

  noteSent(label: string, message: SentMessage): void {
    this.sent.push({ label, ...message })
  }

  /** In the order in which they were sent; without a label, all. */
  messages(label?: string): SentMessage[] {
    return this.sent.filter((one) => label === undefined || one.label === label)
  }

  /** Each message's lives, on one destination where that is said. */
  lives(label: string | undefined, on: string | undefined): LessonLife[] {
    const place = on === undefined ? undefined : this.places.destination(on)
    return this.messages(label).flatMap((message): LessonLife[] => {
      const lives = [...(this.ledger.message(message.id)?.lives.values() ?? [])]
      const here = lives.filter(
        (life) => place === undefined || (life.system === place.system && life.destination === place.name),
      )
      return here.length === 0 ? [{ message, life: undefined }] : here.map((life) => ({ message, life }))
    })
  }

  /**
   * Arrivals at these consumers, at each in the order in which they came; without `who`, at all that read no dead letters,
   * those of people included.
   */
  arrivals(label: string | undefined, who?: string | string[]): LessonArrival[] {
    const asked = new Set(this.named(who).map(idOf))
    const deaf = new Set(this.places.consumers.filter((one) => one.readsDeadLetters).map(idOf))
    const isMeant = (id: string) => (who === undefined ? !deaf.has(id) : asked.has(id))
    const found = this.messages(label).flatMap(({ id, text }, index) =>
      [...(this.ledger.message(id)?.lives.values() ?? [])].flatMap(({ system, destination, deliveries }) =>
        deliveries.map((delivery) => ({
          ...delivery,
          ...{ index, text, consumerId: `${system}:${destination}:${delivery.consumer}` },
        })),
      ),
    )
    const here = found.filter(({ consumerId }) => isMeant(consumerId))
    return here.sort((a, b) => a.at - b.at || a.ordinal - b.ordinal)
  }

  /** How many consumers of a destination were there for the message, those of people included: who has it, and who missed it. */
  thereFor({ id }: SentMessage, { system, name }: Pick<DestinationPlace, 'system' | 'name'>): number {
    const { cords, ghosts } = this.ledger.trace(system, name, id)
    return cords.size + [...ghosts.values()].filter(({ why }) => !NOT_THERE.has(why)).length
  }

  private named(who: string | string[] | undefined): ConsumerPlace[] {
    return who === undefined ? [] : [who].flat().map((ref) => this.places.consumer(ref))
  }
}
