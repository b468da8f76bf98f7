import { randomUUID } from 'node:crypto'
import type { Lesson } from '#lib/protocol/lesson.ts'
import type { Room } from '#lib/rooms/contract.ts'
import type { Outcome } from '../expectations.ts'
import { rightChoice } from '../right-choice.ts'

/** People in the room of a lesson that runs without a screen: they sit where the lesson has seats, and all vote for what is right. */
export interface Hall {
  /** The room is asked, and everybody answers. */
  vote(run: string): Promise<void>
  /** Shows how they voted; says whether the right choice was marked and everybody got their point. */
  reveal(holds: boolean): Promise<Outcome>
  leave(): void
}

/** They have their seats, but are perhaps not attached yet. */
export async function enterHall(room: Room, lesson: Lesson, count: number): Promise<Hall> {
  const people = Array.from({ length: count }, (_, index) => {
    return { id: randomUUID(), name: `Guest ${index + 1}`, colour: 0 }
  })
  const releases: Array<() => void> = []
  for (const person of people) releases.push(await room.enter(person))
  if (lesson.hall === 'seats') {
    const seats = await Promise.all(people.map(({ id, name }) => room.takeSeat({ id, name }, {})))
    releases.push(
      ...seats.map(
        ({ release }) =>
          () =>
            release('left'),
      ),
    )
  }
  const right = rightChoice(lesson)
  return {
    vote: async (run) => {
      const { ask, choices } = lesson.question
      await room.openVote({ question: ask, choices: choices.map(({ text }) => text), run })
      for (const person of people) await room.castVote(person, right)
    },
    reveal: async (holds) => {
      const vote = await room.revealVote(holds ? { right } : {})
      const { scores = [] } = await room.snapshot()
      const marked = vote.phase === 'revealed' ? vote.right : undefined
      const points = scores.filter((score) => score.right === 1).length
      return {
        holds: marked === right && points === count,
        expected: `choice ${right + 1} is marked as right, ${count} people guessed right`,
        seen:
          marked === undefined ? 'none is marked' : `choice ${marked + 1} is marked, ${points} guessed right`,
      }
    },
    leave: () => {
      for (const release of releases) release()
    },
  }
}
