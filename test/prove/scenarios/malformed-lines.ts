import { Site } from '../producer.ts';
import { HOT, resolved, type Scenario, WELL } from '../scenario.ts';

/** What real devices send: cut off, mistyped, incomplete, binary, in another format, empty. */
const BROKEN = [
  '{"device_id":"x","site_id":"broken","seq":1,"temperature":2',
  '{"device_id":"x","site_id":"broken","seq":1,"temperature":"n/a","cpu":1,"ram":1,"hd":1,"timestamp":"2026-01-31T09:30:00.000Z","timestamp_sent":"2026-01-31 09"}',
  '{"device_id":"x","site_id":"broken","seq":1,"temperature":20,"cpu":1,"ram":1,"hd":1,"timestamp":"yesterday","timestamp_sent":"2026-01-31 09"}',
  '{"device_id":"x","site_id":"broken","seq":1,"timestamp":"2026-01-31T09:30:00.000Z","timestamp_sent":"2026-01-31 09"}',
  '{"device_id":"x","site_id":"broken","seq":1,"temperature":20,"cpu":1,"ram":1,"hd":1,"timestamp":"2026-01-31T09:30:00.000Z","timestamp_sent":"now"}',
  '\u0000\u0001####',
  'temperature=20;cpu=1',
  '[]',
  'null',
];

export const malformedLines: Scenario = {
  name: 'malformed-lines',
  title: 'Malformed lines among good ones: under the error prefix with their bytes, neighbours not affected',
  quick: true,
  async play(stage) {
    await stage.start();
    const site = new Site('broken', 4);
    for (const temperatures of [HOT, WELL]) {
      const lines = site.lines(temperatures);
      const mixed = lines.flatMap((line, i) => [line, BROKEN[i % BROKEN.length] ?? '']);
      await stage.producer.send([{ siteId: site.id, lines: mixed }]);
    }
    return { incidents: resolved(...site.devices) };
  },
};
