interface RunOptions {
  cwd: string
  env: NodeJS.ProcessEnv
  /** Gets the output line by line; without it, output goes to the terminal directly. */
  print?: (line: string) => void
}
/** Runs one Node program in the foreground, passes signals on to it, and resolves with its exit code. */
export function runNode(args: string[], options: RunOptions): Promise<number>
