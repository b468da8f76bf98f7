import { AppError } from '#lib/protocol/errors.ts'
import type { RoomLesson } from '#lib/protocol/lesson-state.ts'
import { PEOPLE_MAX_PER_ROOM } from '#lib/protocol/limits.ts'
import type { Person } from '#lib/protocol/room.ts'
import type { OpenVote, RevealVote, Score, Vote } from '#lib/protocol/vote.ts'
import { now } from '#lib/util/clock.ts'
import type { PersistedVotes } from './persisted-gathering.ts'
import type { RoomStream } from './room-stream.ts'

/** How many have voted is emitted at once, and then at most this often: a hall that votes costs a few events, not hundreds. */
const EMIT_EVERY_MS = 200

interface Question {
  readonly number: number
  readonly asked: OpenVote
  readonly ballots: Map<string, Ballot>
  revealed: boolean
  right: number | undefined
}
interface Ballot {
  readonly name: string
  readonly choice: number
}

/**
 * The room's question, its votes, and what people scored with all questions before. Who voted for what leaves this class
 * only as counts, and only from the reveal on.
 */
export class Votes {
  private readonly stream: RoomStream
  private readonly lesson: () => RoomLesson | null
  private readonly onChange: () => void
  private asked = 0
  private question: Question | null = null
  /** By person; those who scored last are at the end. */
  private readonly scored = new Map<string, Score>()
  private emittedAt = Number.NEGATIVE_INFINITY
  private timer: NodeJS.Timeout | undefined

  /** `lesson`: the one that goes on in the room. `onChange`: what is persisted has changed. */
  constructor(stream: RoomStream, lesson: () => RoomLesson | null, onChange: () => void) {
    this.stream = stream
    this.lesson = lesson
    this.onChange = onChange
  }

  /** What everybody may see; null when nothing is asked. */
  get now(): Vote | null {
    return this.question && seenOf(this.question)
  }

  /** The best first. */
  scores(): Score[] {
    return [...this.scored.values()].sort((a, b) => b.right - a.right || a.of - b.of)
  }

  /** Throws `vote-open` while a question is open. */
  open(asked: OpenVote): Vote {
    if (this.question?.revealed === false) {
      throw new AppError('vote-open', 'a question is open: reveal it or close it first')
    }
    this.asked += 1
    this.question = { number: this.asked, asked, ballots: new Map(), revealed: false, right: undefined }
    this.emit()
    return seenOf(this.question)
  }

  /** The person's one vote, in place of any before. Throws `vote-closed`, `invalid`, `too-many`. */
  cast({ id, name }: Person, choice: number): void {
    const { question } = this
    if (question === null || question.revealed) {
      throw new AppError(
        'vote-closed',
        question === null ? 'nothing is asked' : 'the votes have been counted already',
      )
    }
    if (this.isHappening(question)) {
      throw new AppError('vote-closed', 'what it asks about is happening already')
    }
    requireChoice(question, choice)
    const { ballots } = question
    if (!ballots.has(id) && ballots.size >= PEOPLE_MAX_PER_ROOM) {
      throw new AppError('too-many', 'as many have voted as a room holds', {
        detail: { limit: PEOPLE_MAX_PER_ROOM },
      })
    }
    const voted = ballots.size
    ballots.set(id, { name, choice })
    this.onChange()
    if (ballots.size > voted) this.emitSoon()
  }

  /** Throws `vote-closed` where nothing is left to reveal, `invalid` for a choice that there is not. */
  reveal({ right }: RevealVote): Vote {
    const { question } = this
    if (question === null) throw new AppError('vote-closed', 'nothing is asked')
    if (question.revealed && (right === undefined || question.right !== undefined)) {
      throw new AppError('vote-closed', 'it is revealed already')
    }
    if (right !== undefined) {
      requireChoice(question, right)
      question.right = right
      this.score(question, right)
    }
    question.revealed = true
    this.emit(right !== undefined)
    return seenOf(question)
  }

  /** Takes the question away. Idempotent. */
  close(): void {
    if (this.question === null) return
    this.question = null
    this.emit()
  }

  /** Question, ballots and scores, to be written to the file of persisted rooms. */
  toPersist(): PersistedVotes {
    const { asked, question } = this
    const scores = [...this.scored.values()]
    if (question === null) return { asked, question, scores }
    const { right, ballots, ...rest } = question
    const cast = Array.from(ballots, ([id, ballot]) => ({ id, ...ballot }))
    return { asked, question: { ...rest, ballots: cast, ...(right === undefined ? {} : { right }) }, scores }
  }

  /** As it was before the server was started again. Nobody is there yet who had to hear of it. */
  restore({ asked, question, scores }: PersistedVotes): void {
    this.asked = asked
    for (const score of scores) this.scored.set(score.id, score)
    if (question === null) return
    const ballots = new Map(question.ballots.map(({ id, ...ballot }) => [id, ballot]))
    this.question = { ...question, ballots, right: question.right }
  }

  /** Emits nothing more. */
  stop(): void {
    clearTimeout(this.timer)
    this.question = null
  }

  /** Whoever votes later may have seen the answer. */
  private isHappening({ asked: { run } }: Question): boolean {
    if (run === undefined) return false
    const lesson = this.lesson()
    return lesson?.run !== run || lesson.phase !== 'question'
  }

  private score({ ballots }: Question, right: number): void {
    for (const [id, { name, choice }] of ballots) {
      const before = this.scored.get(id)
      this.scored.delete(id)
      this.scored.set(id, {
        ...{ id, name },
        right: (before?.right ?? 0) + (choice === right ? 1 : 0),
        of: (before?.of ?? 0) + 1,
      })
    }
    for (const id of this.scored.keys()) {
      if (this.scored.size <= PEOPLE_MAX_PER_ROOM) break
      this.scored.delete(id)
    }
  }

  private emitSoon(): void {
    if (this.timer !== undefined) return
    const wait = this.emittedAt + EMIT_EVERY_MS - performance.now()
    if (wait <= 0) this.emit()
    else this.timer = setTimeout(() => this.emit(), wait)
  }

  private emit(withScores = false): void {
    clearTimeout(this.timer)
    this.timer = undefined
    this.emittedAt = performance.now()
    this.onChange()
    const scores = withScores ? { scores: this.scores() } : undefined
    this.stream.emit({ kind: 'vote', at: now(), evidence: 'client', now: this.now, ...scores })
  }
}

function requireChoice({ asked }: Question, choice: number): void {
  if (choice < asked.choices.length) return
  throw new AppError('invalid', `there are ${asked.choices.length} choices, counted from 0`, {
    detail: { field: 'choice' },
  })
}

/** A question as everybody may see it. */
function seenOf({ number, asked, ballots, revealed, right }: Question): Vote {
  const seen = { number, ...asked, voted: ballots.size }
  if (!revealed) return { ...seen, phase: 'open' }
  const counts = asked.choices.map(
    (_, index) => [...ballots.values()].filter(({ choice }) => choice === index).length,
  )
  return { ...seen, phase: 'revealed', counts, ...(right === undefined ? {} : { right }) }
}
