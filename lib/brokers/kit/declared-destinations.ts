import type { Declared } from '#lib/brokers/contract.ts'

/** One destination as its driver keeps it. */
export interface DeclaredDestination {
  /** It did not exist before it was declared here. */
  readonly isMadeHere: boolean
}

/**
 * The destinations of one driver, by address: those that are declared, and those whose declaring failed after something may
 * have been made of them, which a second try and a removal have to know.
 */
export class DeclaredDestinations<D extends DeclaredDestination> {
  readonly #declared = new Map<string, D>()
  readonly #halfMade = new Map<string, D>()

  /** Undefined for one that was not declared here. */
  get(address: string): D | undefined {
    return this.#declared.get(address)
  }

  /** One that is declared, else one that is half made. */
  known(address: string): D | undefined {
    return this.#declared.get(address) ?? this.#halfMade.get(address)
  }

  /** Those that are declared. */
  values(): Iterable<D> {
    return this.#declared.values()
  }

  set(address: string, destination: D): void {
    this.#declared.set(address, destination)
  }

  /**
   * Enters `destination` once `declare` has resolved, else as half made where `isHalfMade` says so; then throws what `declare`
   * threw. A second try reports as new what the first one made.
   */
  async declare(
    address: string,
    destination: D,
    declare: () => Promise<Declared>,
    isHalfMade: (error: unknown) => boolean = () => true,
  ): Promise<Declared> {
    try {
      const declared = await declare()
      this.#declared.set(address, destination)
      const wasHalfMade = this.#halfMade.delete(address) && destination.isMadeHere
      return wasHalfMade ? { ...declared, existed: false } : declared
    } catch (error) {
      if (isHalfMade(error) && this.get(address) !== destination) this.#halfMade.set(address, destination)
      throw error
    }
  }

  /** Forgets one once `remove` has resolved, and not before. `isHalfMade`: declaring it failed. */
  async remove(
    address: string,
    remove: (destination: D | undefined, isHalfMade: boolean) => Promise<void>,
  ): Promise<void> {
    await remove(this.known(address), !this.#declared.has(address) && this.#halfMade.has(address))
    this.#declared.delete(address)
    this.#halfMade.delete(address)
  }
}
