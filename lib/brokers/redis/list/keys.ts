/**
 * The keys of one list: the list itself, whose right end is next; one list for each worker, of what it holds; and the set
 * of the workers' names, so that nobody has to search Redis for those lists.
 */
export interface ListKeys {
  readonly list: string
  readonly members: string
  processing(consumer: string): string
}

export const keysOf = (address: string): ListKeys => ({
  list: address,
  members: `${address}.processing`,
  processing: (consumer) => `${address}.processing.${consumer}`,
})
