import type { BrokerStatus } from '#lib/protocol/status.ts'
import { CopyButton } from '../ui/copy-button.tsx'

/** Ways to start a broker, each ready to be copied. */
export const Hints = ({ hints }: { hints: NonNullable<BrokerStatus['hints']> }) => (
  <ul className="hints" aria-label="Ways to start it">
    {hints.map(({ where, command }) => (
      <li key={`${where} ${command}`} className="cmd">
        <span>{where}</span>
        <code>{command}</code>
        <CopyButton text={command} what={`the command for ${where}`} />
      </li>
    ))}
  </ul>
)
