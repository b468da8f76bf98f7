'use client'

import type { ReactNode } from 'react'
import type { Lesson } from '#lib/protocol/lesson.ts'
import type { RoomLesson } from '#lib/protocol/lesson-state.ts'
import { Icon } from '../ui/icon.tsx'
import { Section } from './section.tsx'

interface QuestionProps {
  question: Lesson['question']
  phase: RoomLesson['phase']
  answer: number | null
  onAnswer(choice: number): void
  /** What stands below the choices. */
  children?: ReactNode
}

/** A for the first choice, and so on. */
export const letterOf = (choice: number): string => String.fromCharCode('A'.charCodeAt(0) + choice)

const Mark = ({ chosen }: { chosen: boolean }) => (
  <i
    aria-hidden="true"
    className={`size-4 rounded-full ${chosen ? 'border-[5px] border-ink' : 'border-[1.5px] border-line-control'}`}
  />
)

/** What do you expect? Asked before it happens; afterwards what happened is marked, and your guess beside it. */
export function Question({ question, phase, answer, onAnswer, children }: QuestionProps) {
  const isOpen = phase === 'question'
  return (
    <Section title="What do you expect?">
      <p id="lesson-question" className="font-strong fs-lg leading-[22px] tracking-tight">
        {question.ask}
      </p>
      <div className="mt-2.5 grid gap-1.5" role="radiogroup" aria-labelledby="lesson-question">
        {question.choices.map(({ text, right }, choice) => {
          const chosen = answer === choice
          const isRight = phase === 'revealed' && right === true
          return (
            // biome-ignore lint/a11y/useSemanticElements: a group of buttons that answers at one press, as the mode switch does
            <button
              key={text}
              type="button"
              role="radio"
              aria-checked={chosen}
              aria-disabled={!isOpen}
              onClick={() => isOpen && onAnswer(choice)}
              className={`grid min-h-9 grid-cols-[18px_minmax(0,1fr)_auto] items-center gap-2.5 rounded-2 px-3 py-1.5 text-left text-ink fs-sm max-700:min-h-tap ${
                chosen ? 'border-2 border-ink bg-hover font-strong' : 'border border-line-control bg-surface'
              }`}
            >
              <Mark chosen={chosen} />
              <span>
                {text}
                {isRight && (
                  <span className="flex items-center gap-1 font-text text-good text-xs">
                    <Icon name="check" className="size-3.5" /> what happened
                  </span>
                )}
                {!isOpen && chosen && !isRight && (
                  <span className="block font-text text-ink-2 text-xs">what you expected</span>
                )}
              </span>
              {isOpen && <kbd className="max-1100:hidden">{letterOf(choice)}</kbd>}
            </button>
          )
        })}
      </div>
      {children}
    </Section>
  )
}
