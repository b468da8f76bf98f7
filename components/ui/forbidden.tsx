'use client'

import { createContext, type ReactNode, useContext } from 'react'

const ForbiddenContext = createContext<string | undefined>(undefined)

/** Every button below it can be seen and not pressed, and says why; with no reason nothing changes. */
export const Forbidden = ({ why, children }: { why: string | undefined; children: ReactNode }) => (
  <ForbiddenContext value={why}>{children}</ForbiddenContext>
)

/** Why a button here cannot be pressed, in words. */
export const useForbidden = (): string | undefined => useContext(ForbiddenContext)
