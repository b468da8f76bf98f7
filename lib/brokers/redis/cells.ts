import type { DestinationSpec } from '#lib/brokers/contract.ts'
import type { Mode } from '#lib/protocol/names.ts'
import type { Settings } from '#lib/protocol/room.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import type { Cell, CellParts } from './cell.ts'
import { createListCell } from './list/cell.ts'
import { createLogCell } from './log/cell.ts'
import { queueDestinationSettings } from './modes/queue.ts'
import { parsed } from './modes/settings.ts'
import { createStreamCell } from './stream/cell.ts'

/** All destinations that Redis keeps for this driver. Channels are none: they exist while somebody listens. */
export interface Cells {
  /** Undefined for a channel, and for what nobody declared. */
  get(address: string): Cell | undefined
  /** The known one, if it is of the same kind; else a new one, which is known from `enter` on. Null for a channel. */
  for(address: string, mode: Mode, settings: Settings): Cell | null
  enter(address: string, cell: Cell): void
  forget(address: string): void
}

export function createCells(parts: CellParts): Cells {
  const cells = new Map<string, Cell>()
  const make = (kind: Cell['kind'], address: string, settings: Settings): Cell => {
    switch (kind) {
      case 'stream':
        return createStreamCell(parts, address, settings)
      case 'list':
        return createListCell(parts, address)
      case 'log':
        return createLogCell(parts, address, settings)
      default:
        return unreachable(kind)
    }
  }
  return {
    get: (address) => cells.get(address),
    for: (address, mode, settings) => {
      const kind = kindOf({ mode, settings })
      if (kind === null) return null
      const known = cells.get(address)
      return known?.kind === kind ? known : make(kind, address, settings)
    },
    enter: (address, cell) => void cells.set(address, cell),
    forget: (address) => void cells.delete(address),
  }
}

function kindOf({ mode, settings }: Pick<DestinationSpec, 'mode' | 'settings'>): Cell['kind'] | null {
  switch (mode) {
    case 'queue':
      return parsed(queueDestinationSettings, settings).kind
    case 'log':
      return 'log'
    case 'fanout':
      return null
    default:
      return unreachable(mode)
  }
}
