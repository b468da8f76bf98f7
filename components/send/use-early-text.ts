import { type RefObject, useEffectEvent, useLayoutEffect } from 'react'

/**
 * Reports what already stands in a field when React takes it over: typed before the page was interactive, or put back
 * by the browser. Without it the next render would empty the field.
 */
export function useEarlyText(
  field: RefObject<HTMLInputElement | null>,
  onFound: (text: string) => void,
): void {
  const report = useEffectEvent(onFound)
  useLayoutEffect(() => {
    const { value = '', defaultValue = '' } = field.current ?? {}
    // The default is what React itself has put there.
    if (value !== defaultValue) report(value)
  }, [field])
}
