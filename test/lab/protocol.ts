// What host and guest say to each other on the virtio-serial port: one JSON object a line, both ways.

/** The port's name; in the guest /dev/virtio-ports/<name>. */
export const portName = 'org.pktw.lab'

/** Host to guest. `id` comes back in the answer; file contents and streams are base64. */
export type Request = { id: number } & (
  | { do: 'hello' }
  | {
      do: 'exec'
      argv: string[]
      /** Run by runuser(1) as this user instead of root. */
      user?: string
      stdin?: string
      env?: Record<string, string>
      /** ms; the process group is killed after it, and `timedOut` set. */
      timeoutMs: number
    }
  | { do: 'push'; path: string; data: string; mode: number }
  | { do: 'pull'; path: string }
)

export interface ExecAnswer {
  /** Exit status; 128 + signal number as a shell would say when a signal ended it. */
  code: number
  stdout: string
  stderr: string
  timedOut: boolean
}

/** Guest to host. `hello` also comes unasked when the agent starts, so a reboot is seen. */
export type Answer =
  | { hello: { bootId: string; node: string } }
  | ({ id: number; ok: true } & Partial<ExecAnswer> & { data?: string; bootId?: string })
  | { id: number; ok: false; error: string }

/** Splits a byte stream into JSON lines; noise on the line (a partial line before a restart) is dropped. */
export const lineReader = <T>(onLine: (value: T) => void): ((chunk: Buffer) => void) => {
  let rest = Buffer.alloc(0)
  return (chunk) => {
    rest = Buffer.concat([rest, chunk])
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      const line = rest.subarray(0, end).toString()
      rest = rest.subarray(end + 1)
      if (line.trim() === '') continue
      let value: T
      try {
        value = JSON.parse(line) as T
      } catch {
        continue
      }
      onLine(value)
    }
  }
}
