// Runs another program: argv only, never a shell; a failure is a value.
import { constants } from 'node:os'
import { execa } from 'execa'
import { searchPath } from './search-path.ts'

export interface RunResult {
  /** Exit code; 127 when the program is not there, 124 when it ran out of time, 128+n by signal. */
  code: number
  stdout: string
  stderr: string
}

export interface RunOptions {
  /** ms, default 60 000. */
  timeoutMs?: number
  input?: string | Uint8Array
  /** An open file that the program gets as its standard input. */
  stdin?: number
  env?: Record<string, string>
  /** Its current directory; the caller's without it. */
  cwd?: string
}

/** `run`, or what answers in its place. */
export type Run = (program: string, argv: readonly string[], options?: RunOptions) => Promise<RunResult>

const stdinOf = ({ input, stdin }: RunOptions) =>
  // Any descriptor will do; execa's types know those of one digit.
  input === undefined ? { stdin: stdin === undefined ? ('ignore' as const) : (stdin as 3) } : { input }

/** Runs `program` with `argv` and waits for its end. Never rejects. */
export async function run(
  program: string,
  argv: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const result = await execa(program, argv, {
    reject: false,
    timeout: options.timeoutMs ?? 60_000,
    extendEnv: false,
    env: { PATH: searchPath, LC_ALL: 'C.UTF-8', ...options.env },
    ...stdinOf(options),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  })
  const bySignal = result.signal === undefined ? 127 : 128 + constants.signals[result.signal]
  const code = result.timedOut ? 124 : (result.exitCode ?? bySignal)
  return {
    code,
    stdout: result.stdout,
    stderr: result.stderr || (result.failed ? (result.shortMessage ?? '') : ''),
  }
}

/** Runs a program that has the terminal, with the caller's environment, for as long as it takes. Gives its exit code, as `run` does. */
export async function runOnTerminal(program: string, argv: readonly string[]): Promise<number> {
  const result = await execa(program, argv, { reject: false, stdio: 'inherit' })
  return result.exitCode ?? (result.signal === undefined ? 127 : 128 + constants.signals[result.signal])
}
