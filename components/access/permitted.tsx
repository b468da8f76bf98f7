'use client'

import type { ReactNode } from 'react'
import type { CommandName } from '#lib/protocol/command-table.ts'
import { Forbidden } from '../ui/forbidden.tsx'
import type { Owned } from './may.ts'
import { useMay } from './use-may.ts'

interface PermittedProps {
  command: CommandName
  /** The consumer that it is about, where it is about one. */
  consumer?: Owned | null
  children: ReactNode
}

/** Buttons that need a right: without it they can be seen and not pressed, and say why. */
export const Permitted = ({ command, consumer, children }: PermittedProps) => (
  <Forbidden why={useMay(command, consumer).why}>{children}</Forbidden>
)
