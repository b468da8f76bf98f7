import { pageAddress } from '#lib/util/page-address.ts'
import { FileButton } from '../recording/file-button.tsx'
import { OFFERED_LESSONS, watchAddress } from '../start-here/offered-lessons.ts'
import { Refusal } from '../ui/box-text.tsx'
import { ButtonLink } from '../ui/button.tsx'
import { Icon, Logo } from '../ui/icon.tsx'
import { NoticePage } from '../ui/notice-page.tsx'

interface WelcomeProps {
  /** The name of the file that is being read. */
  opening: string | null
  problem: string
  onFile(file: File): void
}

/** Shown before a recording is open: explains what one is and asks for a file. */
export const Welcome = ({ opening, problem, onFile }: WelcomeProps) => (
  <NoticePage mark={<Logo className="size-10" />} title="Open a recording">
    <p>
      A recording is a file (<code>.jsonl</code>) of everything that happened in a room. It shows in every
      view, and no broker is needed. The file stays in this browser.
    </p>
    <div className="grid justify-items-center gap-3 rounded-3 border-2 border-line-control border-dashed bg-surface px-6 py-10">
      <Icon name="inbox" className="size-8 text-ink-3" />
      {opening === null ? (
        <>
          <p>Drop a file anywhere on this page</p>
          <FileButton label="Choose a recording" strong onFile={onFile} />
        </>
      ) : (
        <p role="status">Reading {opening} …</p>
      )}
    </div>
    {problem && <Refusal>{problem}</Refusal>}
    <nav className="grid gap-2" aria-label="Recorded lessons">
      <h2 className="font-mid text-ink">Or watch a lesson, recorded on real brokers</h2>
      <ul className="grid gap-1.5">
        {OFFERED_LESSONS.map(({ lesson, title, about }) => (
          <li key={lesson}>
            <a
              href={watchAddress(lesson) ?? undefined}
              className="grid min-h-11 content-center rounded-2 border border-line-strong bg-surface px-3 py-1 text-ink no-underline hover:bg-hover"
            >
              <b className="font-mid fs-sm">{title}</b>
              <span className="text-ink-2 text-xs">{about}</span>
            </a>
          </li>
        ))}
      </ul>
    </nav>
    <p>
      <ButtonLink href={pageAddress('/')}>To the lobby</ButtonLink>
    </p>
  </NoticePage>
)
