import type { BrokerStatus } from '#lib/protocol/status.ts'
import { CopyableText } from '../ui/copyable-text.tsx'

/** Ways to start a broker, each ready to be copied. */
export const Hints = ({ hints }: { hints: NonNullable<BrokerStatus['hints']> }) => (
  <ul
    className="grid flex-[1_0_100%] grid-cols-[repeat(auto-fit,minmax(min(340px,100%),1fr))] gap-2"
    aria-label="Ways to start it"
  >
    {hints.map(({ where, command }) => (
      <li key={`${where} ${command}`}>
        <CopyableText before={where} what={`the command for ${where}`}>
          {command}
        </CopyableText>
      </li>
    ))}
  </ul>
)
