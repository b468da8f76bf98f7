import { type FormEvent, useState } from 'react'
import { isReadableName } from '#lib/util/hidden-characters.ts'
import { Icon, Logo } from '../ui/icon.tsx'
import { hueStyle } from '../ui/look.ts'
import type { PhoneSystem } from './systems.ts'

const NAME_MAX_CHARS = 40

interface JoinProps {
  /** From the link; empty where the person types it. */
  code: string
  name: string
  /** What is said above the fields. */
  lead?: string
  /** Where a seat may be dealt; absent where none is. */
  systems?: readonly PhoneSystem[]
  /** Answers in words what went wrong. */
  onJoin(code: string, name: string): Promise<string>
}

/** What is wrong with a name, in words; empty where nothing is. */
export function nameFlaw(name: string): string {
  if (name === '') return 'Type a name, so that the others know you.'
  if (name.length > NAME_MAX_CHARS) return `A name has at most ${NAME_MAX_CHARS} characters.`
  if (!isReadableName(name)) return 'The name holds characters that nobody can see.'
  return ''
}

/** The way into a room: its code, a name, and one button. It is neutral until a seat is dealt. */
export function JoinForm(props: JoinProps) {
  const {
    code: given,
    name: known,
    lead = 'Your phone becomes a consumer on a real broker.',
    systems,
    onJoin,
  } = props
  const [code, setCode] = useState(given)
  const [name, setName] = useState(known)
  const [problem, setProblem] = useState('')
  const [busy, setBusy] = useState(false)
  const join = async (event: FormEvent) => {
    event.preventDefault()
    const person = name.trim().normalize()
    const flaw = code.trim() === '' ? 'Type the code from the big screen.' : nameFlaw(person)
    setProblem(flaw)
    if (flaw !== '' || busy) return
    setBusy(true)
    setProblem(await onJoin(code.trim(), person))
    setBusy(false)
  }
  return (
    <div className="mx-auto flex min-h-[100dvh] w-full max-w-[480px] flex-col">
      <header className="flex h-14 items-center gap-2.5 px-5 font-strong text-[16px]">
        <Logo /> Switchboard
      </header>
      <main className="flex flex-1 flex-col px-5 pt-3 pb-5">
        <h1 className="font-strong text-[44px] leading-[48px] tracking-[-0.03em]">Join the room</h1>
        <p className="mt-0.5 text-[16px] text-ink-2 leading-[24px]">{lead}</p>
        <form onSubmit={join} noValidate>
          <CodeField code={code} isGiven={given !== '' && code === given} onChange={setCode} />
          <label className="mt-5 flex flex-col">
            <span className="mb-1.5 font-strong text-[15px] leading-[20px]">Your name</span>
            <input
              dir="auto"
              value={name}
              onChange={({ target }) => setName(target.value)}
              autoComplete="nickname"
              autoCapitalize="words"
              enterKeyHint="go"
              maxLength={2 * NAME_MAX_CHARS}
              aria-invalid={problem !== ''}
              aria-describedby="name-note"
              className="h-14 rounded-2 border-[1.5px] border-line-control bg-surface px-4 text-[20px]"
            />
            <small id="name-note" className="mt-1.5 text-[13px] text-ink-2 leading-[18px]">
              The others in the room see it.
            </small>
          </label>
          {problem !== '' && (
            <p role="alert" className="mt-4 text-[15px] text-bad leading-[20px]">
              {problem}
            </p>
          )}
          <button
            type="submit"
            disabled={busy}
            className="mt-5 flex h-20 w-full touch-manipulation items-center justify-center gap-3 rounded-2 bg-action font-strong text-[26px] text-on-action tracking-tight"
          >
            {busy ? 'Joining' : 'Join'} <Icon name="send" className="size-[22px]" />
          </button>
        </form>
        {systems && <Dealt systems={systems} />}
      </main>
    </div>
  )
}

function CodeField({
  code,
  isGiven,
  onChange,
}: {
  code: string
  isGiven: boolean
  onChange(code: string): void
}) {
  return (
    <label className="mt-5 flex flex-col">
      <span className="mb-1.5 flex justify-between font-strong text-[15px] leading-[20px]">
        Code
        {isGiven && (
          <span className="inline-flex items-center gap-1.5 font-text text-[13px] text-good">
            <Icon name="check" /> from the QR code
          </span>
        )}
      </span>
      <input
        value={code}
        onChange={({ target }) => onChange(target.value)}
        aria-label="Room code"
        autoCapitalize="characters"
        autoComplete="off"
        autoCorrect="off"
        spellCheck={false}
        className="h-14 rounded-2 border-[1.5px] border-line-control bg-surface px-4 font-mono font-strong text-[26px] tracking-[0.08em]"
      />
    </label>
  )
}

const Dealt = ({ systems }: { systems: readonly PhoneSystem[] }) => (
  <div className="mt-auto pt-8">
    <div className="border-line-strong border-t pt-3.5">
      <p className="text-[15px] text-ink-2 leading-[20px]">
        You get a seat on one of {systems.length === 3 ? 'three' : systems.length} brokers. The seat is dealt,
        unless the presenter lets you choose.
      </p>
      <ul aria-label="Brokers" className="mt-3 flex flex-wrap justify-between gap-x-3">
        {systems.map((system) => (
          <li key={system.id} className="flex items-center gap-2 text-[15px] leading-[20px]">
            <svg
              aria-hidden="true"
              className="size-6 text-hue [--g-hole:var(--canvas)]"
              style={hueStyle(system)}
            >
              <use href={`#${system.look.glyph}`} />
            </svg>
            {system.label}
          </li>
        ))}
      </ul>
      <p className="mt-3 text-[13px] text-ink-2 leading-[18px]">
        No account. Your seat is kept if your screen locks.
      </p>
    </div>
  </div>
)
