'use client'

import type { KeyboardEvent } from 'react'
import { type Mode, modeSchema } from '#lib/protocol/names.ts'
import type { LaneRef } from '../feed/lane-ref.ts'
import { ModeMark } from '../ui/icon.tsx'
import { MODE_LABEL } from '../ui/look.ts'
import { Segment, Segmented } from '../ui/segmented.tsx'
import { MODE_MEANS, modeLacking } from '../words/modes.ts'
import type { Holding } from './holdings.ts'

const MODES = modeSchema.options

interface ModeSwitchProps {
  /** The group's accessible name. */
  label: string
  manifest: LaneRef['manifest']
  value: Mode
  /** In a low lane the chosen mode's name is left out: its mark says it. */
  tight?: boolean
  /** A mode that is being made: it is busy, and nothing else can be chosen. */
  busy?: Mode
  /** What other destinations hold: their modes' marks say so. */
  holdings?: readonly Holding[]
  /** Why a mode that the system has cannot be chosen here; null where it can. */
  whyNot?(mode: Mode): string | null
  onChoose(mode: Mode): void
}

const lackingOf = ({ manifest, whyNot }: ModeSwitchProps, mode: Mode): string | null =>
  modeLacking(manifest, mode) ?? whyNot?.(mode) ?? null

/** Arrows walk through the modes that there are, and choose, as in any radio group. */
function stepFrom(props: ModeSwitchProps, key: string): Mode | null {
  const { value } = props
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[key]
  if (step === undefined) return null
  const there = MODES.filter((mode) => mode === value || lackingOf(props, mode) === null)
  return there.at((there.indexOf(value) + step) % there.length) ?? null
}

const holdingWords = ({ destination, words }: Holding): string => `${destination}: ${words}`

/** Queue, fan-out or log: three marks, the chosen one with its name. */
export function ModeSwitch(props: ModeSwitchProps) {
  const { label, value, tight = false, busy, holdings = [], onChoose } = props
  function onKey(event: KeyboardEvent<HTMLDivElement>) {
    const next = stepFrom(props, event.key)
    if (next === null || busy) return
    event.preventDefault()
    event.currentTarget.querySelector<HTMLElement>(`[data-mode="${next}"]`)?.focus()
    onChoose(next)
  }
  return (
    <Segmented
      className="flex-none fs-sm"
      role="radiogroup"
      aria-label={label}
      aria-busy={busy !== undefined}
      onKeyDown={onKey}
    >
      {MODES.map((mode) => {
        const lacking = lackingOf(props, mode)
        const holds = holdings.filter((one) => one.mode === mode)
        return (
          <Segment
            key={mode}
            tight
            className={`not-aria-disabled:hover:text-ink aria-disabled:cursor-default aria-disabled:text-ink-3 aria-disabled:opacity-50 aria-checked:pr-2 short:px-1 short:aria-checked:pr-1.5`}
            role="radio"
            chosen={mode === value}
            aria-label={MODE_LABEL[mode]}
            aria-disabled={lacking !== null || (busy !== undefined && busy !== mode)}
            data-mode={mode}
            data-busy={busy === mode || undefined}
            tabIndex={mode === value ? 0 : -1}
            title={lacking ?? [MODE_MEANS[mode], ...holds.map(holdingWords)].join('. ')}
            data-holds={holds.length > 0 || undefined}
            onClick={() => {
              if (lacking === null && !busy) onChoose(mode)
            }}
          >
            <span className="relative inline-flex">
              <ModeMark mode={mode} />
              {holds.length > 0 && (
                <i
                  className="absolute -top-1 -right-1 size-1.5 rounded-full bg-hue ring-1 ring-surface"
                  aria-hidden="true"
                />
              )}
            </span>
            {mode === value && (
              <span className={tight ? 'short:hidden inspecting:hidden' : 'inspecting:hidden'}>
                {MODE_LABEL[mode]}
              </span>
            )}
          </Segment>
        )
      })}
    </Segmented>
  )
}
