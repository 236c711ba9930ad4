import {
  bytes,
  eject,
  enginePid,
  insert,
  journalSince,
  mountedAt,
  noDevice,
  now,
  profileFor,
  sumOf,
  unitProperty,
  untilLetGo,
  untilMounted,
  where,
  write,
} from '../life.ts'
import { type Context, scenario } from '../scenario.ts'

const unit = 'pktw@sr0.service'
const patience = 300_000

/** What a restart takes under emulation is more than the minute that the unit counts in. */
async function countIn(ctx: Context, text: string): Promise<void> {
  const path = '/run/systemd/system/pktw@.service.d/90-lab.conf'
  await ctx.must(['mkdir', '-p', '/run/systemd/system/pktw@.service.d'])
  await ctx.must(['tee', path], { stdin: Buffer.from(text) })
  await ctx.must(['systemctl', 'daemon-reload'])
  await ctx.guest.exec(['systemctl', 'reset-failed', unit])
}

/** Kills the engine; gives its number. `settled`: only when the whole unit is up. */
async function kill(ctx: Context, settled: boolean, last: string): Promise<string> {
  const pid = await ctx.waitFor(
    'an engine to kill',
    async () =>
      !settled || (await unitProperty(ctx, unit, 'ActiveState')) === 'active'
        ? enginePid(ctx, last)
        : undefined,
    patience,
  )
  await ctx.guest.exec(['kill', '-9', pid])
  return pid
}

const background = (ctx: Context, name: string, script: string) =>
  ctx.must(['systemd-run', `--unit=${name}`, '--remain-after-exit', 'sh', '-ec', script])

/** Ends when lab-enough is there, and fails with the first thing that fails. */
const writer = `
mkdir -p /var/tmp/lab-sums; i=0
while [ ! -e /run/lab-enough ]; do
  i=$((i + 1)); f=w$((i % 12))
  head -c 150000 /dev/urandom >/run/lab-data
  dd if=/run/lab-data of=${where}/$f bs=16k conv=fsync status=none
  sha256sum </run/lab-data >/var/tmp/lab-sums/$f
  echo $i >/run/lab-written
done`
const reader = (sum: string) => `
while [ ! -e /run/lab-enough ]; do
  echo 1 >/proc/sys/vm/drop_caches
  [ "$(sha256sum <${where}/kept)" = "${sum}  -" ]
  sleep 1
done`

const verdict = async (ctx: Context, name: string): Promise<string> =>
  `${await unitProperty(ctx, name, 'SubState')} ${await unitProperty(ctx, name, 'Result')}`

async function underLoad(ctx: Context, sum: string): Promise<void> {
  const since = await now(ctx)
  await ctx.must(['rm', '-rf', '/run/lab-enough', '/var/tmp/lab-sums'])
  await background(ctx, 'lab-writer', writer)
  await background(ctx, 'lab-reader', reader(sum))
  let last = '0'
  for (let kills = 0; kills < 20; kills++) last = await kill(ctx, kills % 2 === 0, last)
  await ctx.waitFor('up again', async () => enginePid(ctx, last), patience)
  const before = (await ctx.must(['cat', '/run/lab-written'])).stdout
  await ctx.waitFor(
    'the writer goes on',
    async () => (await ctx.must(['cat', '/run/lab-written'])).stdout !== before,
    patience,
  )
  await ctx.must(['touch', '/run/lab-enough'])
  for (const name of ['lab-writer', 'lab-reader'])
    ctx.check(
      `20 kills: ${name} saw no error`,
      (await ctx.waitFor(
        `${name} ends`,
        async () => {
          const end = await verdict(ctx, name)
          return end.startsWith('running') ? undefined : end
        },
        patience,
      )) === 'exited success',
      await verdict(ctx, name),
    )
  await ctx.must(['systemctl', 'stop', 'lab-writer', 'lab-reader'])
  const said = await journalSince(ctx, since)
  ctx.check(
    'the kernel had no I/O error to tell',
    !/I\/O error|lost async|lost sync/.test(said),
    said.split('\n').filter((l) => /I\/O error|lost/.test(l)),
  )
}

/** Every file as the writer knew it, read from the disc. */
async function compare(ctx: Context): Promise<void> {
  const script = `cd /var/tmp/lab-sums; n=0; for f in *; do sha256sum <${where}/$f | cmp - $f; n=$((n + 1)); done; echo $n`
  const { code, stdout, stderr } = await ctx.guest.exec(['sh', '-ec', script], { timeoutMs: patience })
  ctx.check(
    'after button and insertion: the same bytes',
    code === 0 && Number(stdout) > 0,
    `${stdout}${stderr}`,
  )
}

const nothingLeft = async (ctx: Context, what: string): Promise<void> => {
  await untilLetGo(ctx)
  ctx.check(`${what}: nothing is mounted`, (await mountedAt(ctx)) === undefined, await mountedAt(ctx))
}

export default scenario({
  describe:
    'the engine dies: nobody above notices; dies too often, or is stopped meanwhile: given up cleanly',
  media: ['dvd+rw'],
  run: async (ctx) => {
    await ctx.login()
    await countIn(ctx, '[Unit]\nStartLimitIntervalSec=0\n')
    const place = await ctx.stand.plug(profileFor(ctx.medium))
    await insert(ctx, place, { kind: ctx.medium, udf: 'LAB' })
    const sum = await write(ctx, `${where}/kept`, bytes('kept', 300_000))
    await ctx.must(['sync', `${where}/kept`])
    await underLoad(ctx, sum)
    await eject(ctx, place)

    await countIn(ctx, '[Unit]\nStartLimitIntervalSec=1h\n')
    place.drive.closeTray()
    await untilMounted(ctx)
    await compare(ctx)

    await background(ctx, 'lab-holder', `exec 3<${where}/kept; exec sleep infinity`)
    const since = await now(ctx)
    let last = '0'
    let kills = 0
    for (; kills < 5; kills++) last = await kill(ctx, true, last)
    await ctx.waitFor(
      'the unit failed',
      async () => (await unitProperty(ctx, unit, 'ActiveState')) === 'failed',
      patience,
    )
    await nothingLeft(ctx, 'five crashes')
    ctx.check(
      'it failed for its crashes',
      (await unitProperty(ctx, unit, 'Result')) === 'start-limit-hit',
      await unitProperty(ctx, unit, 'Result'),
    )
    const told = await journalSince(ctx, since)
    ctx.check(
      'the journal says so, and what next',
      /died too often.*pktw map sr0/.test(told),
      told.split('\n').filter((l) => /died/.test(l)),
    )
    await ctx.must(['systemctl', 'stop', 'lab-holder'])
    await noDevice(ctx, 'five crashes')

    await countIn(ctx, '[Service]\nRestartSec=1h\n')
    place.drive.pressEject()
    await ctx.waitFor('the tray is out', async () => place.drive.trayOpen, patience)
    place.drive.closeTray()
    await untilMounted(ctx)
    ctx.check(
      'the next insertion works: what was durable is there',
      (await sumOf(ctx, `${where}/kept`)) === sum,
      sum,
    )

    await kill(ctx, true, last)
    await ctx.waitFor(
      'waiting for the restart',
      async () => (await unitProperty(ctx, unit, 'SubState')) === 'auto-restart',
      patience,
    )
    await ctx.must(['systemctl', 'stop', unit], { timeoutMs: patience })
    await nothingLeft(ctx, 'stopped between crash and restart')
    await noDevice(ctx, 'stopped between crash and restart')

    await ctx.must(['rm', '-r', '/run/systemd/system/pktw@.service.d'])
    await ctx.must(['systemctl', 'daemon-reload'])
  },
})
