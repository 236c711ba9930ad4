// Runs in the guest as root: does what the host asks for over the virtio-serial port, one JSON line each.
import { spawn } from 'node:child_process'
import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, readFile, writeFile } from 'node:fs/promises'
import { constants as os } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Answer, type ExecAnswer, lineReader, portName, type Request } from './protocol.ts'

type Exec = Extract<Request, { do: 'exec' }>

/** Runs one program to its end. Never rejects: a program that cannot be started is code 127, as in a shell. */
const run = (request: Exec): Promise<ExecAnswer> =>
  new Promise((resolve) => {
    const argv = request.user ? ['runuser', '-u', request.user, '--', ...request.argv] : request.argv
    const child = spawn(argv[0] ?? '', argv.slice(1), {
      cwd: '/',
      env: { ...process.env, LC_ALL: 'C.UTF-8', ...request.env },
      detached: true,
    })
    const out: Buffer[] = []
    const err: Buffer[] = []
    let timedOut = false
    const timer = setTimeout(() => {
      timedOut = true
      if (child.pid) process.kill(-child.pid, 'SIGKILL')
    }, request.timeoutMs)
    const finish = (code: number) => {
      clearTimeout(timer)
      resolve({
        code,
        stdout: Buffer.concat(out).toString('base64'),
        stderr: Buffer.concat(err).toString('base64'),
        timedOut,
      })
    }
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
    child.on('error', (error) => {
      err.push(Buffer.from(`${error.message}\n`))
      finish(127)
    })
    // 'close' waits for the pipes, which a daemon left behind keeps open: give it a moment after 'exit', no more.
    let done = false
    const end = (code: number | null, signal: NodeJS.Signals | null) => {
      if (done) return
      done = true
      finish(code ?? 128 + (signal ? (os.signals[signal] ?? 0) : 0))
    }
    child.on('close', end)
    child.on('exit', (code, signal) => setTimeout(() => end(code, signal), 500).unref())
    child.stdin.on('error', () => {})
    child.stdin.end(request.stdin ? Buffer.from(request.stdin, 'base64') : undefined)
  })

const answer = async (request: Request, bootId: string): Promise<Answer> => {
  switch (request.do) {
    case 'hello':
      return { id: request.id, ok: true, bootId }
    case 'exec':
      return { id: request.id, ok: true, ...(await run(request)) }
    case 'push':
      await mkdir(path.dirname(request.path), { recursive: true })
      await writeFile(request.path, Buffer.from(request.data, 'base64'), { mode: request.mode })
      return { id: request.id, ok: true }
    case 'pull':
      return { id: request.id, ok: true, data: (await readFile(request.path)).toString('base64') }
  }
}

/** One writer at a time: lines must not be mixed. */
const lineWriter = (port: FileHandle): ((value: Answer) => Promise<void>) => {
  let last = Promise.resolve()
  return (value) => {
    const bytes = Buffer.from(`${JSON.stringify(value)}\n`)
    last = last.then(async () => {
      for (let at = 0; at < bytes.length; ) at += (await port.write(bytes, at)).bytesWritten
    })
    return last
  }
}

const port = await open(`/dev/virtio-ports/${portName}`, constants.O_RDWR)
const bootId = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()
const send = lineWriter(port)
const read = lineReader<Request>((request) => {
  answer(request, bootId).then(send, (error: unknown) =>
    send({ id: request.id, ok: false, error: error instanceof Error ? error.message : String(error) }),
  )
})
await send({ hello: { bootId, node: process.version } })
const buffer = Buffer.alloc(256 * 1024)
for (;;) {
  const { bytesRead } = await port.read(buffer, 0, buffer.length, null)
  // The port reads as ended while nobody is connected on the host's side.
  if (bytesRead === 0) await delay(100)
  else read(Buffer.from(buffer.subarray(0, bytesRead)))
}
