interface FactLine {
  name: string
  says: string
  /** It matters more than the others. */
  loud?: boolean | undefined
}

/** What a thing is called on the left, what is known of it on the right. */
export const FactList = ({ lines }: { lines: readonly FactLine[] }) => (
  <dl className="grid gap-0.5 text-sm">
    {lines.map(({ name, says, loud }, index) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: names may repeat, and the order does not change
      <div key={index} className="flex justify-between gap-3 border-b py-0.5 last:border-b-0">
        <dt className={`max-w-[55%] flex-none wrap-anywhere ${loud ? 'font-strong text-ink' : 'text-ink-2'}`}>
          {name}
        </dt>
        <dd className={`min-w-0 text-right wrap-anywhere ${loud ? 'font-strong text-ink' : ''}`}>{says}</dd>
      </div>
    ))}
  </dl>
)
