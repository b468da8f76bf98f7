import { pageAddress } from '#lib/util/page-address.ts'
import { ButtonLink } from '../components/ui/button.tsx'
import { NoticePage } from '../components/ui/notice-page.tsx'

export default function NotFound() {
  return (
    <NoticePage title="There is nothing here">
      <p>Rooms have addresses like {pageAddress('/r/lobby')}, in lower-case letters, digits and dashes.</p>
      <div className="flex items-center gap-2">
        <ButtonLink look="solid" href={pageAddress('/')}>
          Go to the lobby
        </ButtonLink>
      </div>
    </NoticePage>
  )
}
