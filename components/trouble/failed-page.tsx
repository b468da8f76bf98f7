import { Component, type ReactNode } from 'react'
import { Button, ButtonLink } from '../ui/button.tsx'
import { NoticePage } from '../ui/notice-page.tsx'

interface State {
  error: Error | null
}

/** In place of a page whose drawing failed. The brokers and everybody else's page go on. */
export class FailedPage extends Component<{ children: ReactNode }, State> {
  override state: State = { error: null }

  static getDerivedStateFromError(error: unknown): State {
    return { error: error instanceof Error ? error : new Error(String(error)) }
  }

  override render() {
    const { error } = this.state
    if (!error) return this.props.children
    return (
      <NoticePage title="This page failed" role="alert">
        <p>
          The brokers and everybody else go on; only this page stopped drawing. <code>{error.message}</code>
        </p>
        <div className="flex items-center gap-2">
          <Button look="solid" onClick={() => this.setState({ error: null })}>
            Draw it again
          </Button>
          <ButtonLink href="/">Go to the lobby</ButtonLink>
        </div>
      </NoticePage>
    )
  }
}
