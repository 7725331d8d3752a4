/**
 * Effects on the models of sites. A model is read and written once a period: incidents first, model second, so that a
 * crash in between only has the same readings looked at again. What this environment remembers is no truth: it is read
 * again before a new period, and if another has written meanwhile, what that one looked at counts.
 */
import type { Reading } from '../contract/reading.ts';
import { VersionConflict } from './incident-store.ts';
import type { ModelStore } from './model-store.ts';
import { ModelView } from './model-view.ts';
import { type FoldedModel, foldModel, type ModelTerms, periodOf } from './site-model.ts';

/** What the model of a site made of a batch; nothing of it is stored yet. */
export interface Look {
  siteId: string;
  /** The readings that it looked at. */
  readings: readonly Reading[];
  folded: FoldedModel;
}

export interface Models {
  /** Has this environment looked at the site before? */
  knows(siteId: string): boolean;
  /**
   * Undefined where the model has seen everything, which is nearly always.
   * @param isNew nothing is stored of the site: it is taken to have no model, which writing it shows
   */
  look(
    siteId: string,
    readings: readonly Reading[],
    signal?: AbortSignal,
    isNew?: boolean,
  ): Promise<Look | undefined>;
  /** Stores what {@link Models.look} has learnt. */
  keep(look: Look, signal?: AbortSignal): Promise<void>;
}

/** A conflict needs another writer each time: more in a row is no race but a fault. */
const MAX_CONFLICTS = 5;

interface Known {
  view: ModelView;
  /** The newest period for which it was read, by its beginning. */
  readFor: number;
  /** It was not read, because nothing is stored of the site. */
  isAssumed: boolean;
}

export function createModels(store: ModelStore, terms: ModelTerms): Models {
  const known = new Map<string, Known>();

  const remember = (
    siteId: string,
    chunks: FoldedModel['chunks'],
    readFor: number,
    isAssumed = false,
  ): ModelView => {
    const view = new ModelView(chunks, terms);
    known.set(siteId, { view, readFor, isAssumed });
    return view;
  };

  return {
    knows: (siteId) => known.has(siteId),

    async look(siteId, readings, signal, isNew = false) {
      const site = known.get(siteId);
      const wanted = site === undefined ? readings : site.view.wanted(readings);
      if (wanted.length === 0) return undefined;
      const period = newestPeriod(wanted, terms);
      const isFresh = site !== undefined && site.readFor >= period;
      const isAssumed = isNew && site === undefined;
      const stored = async () => (isAssumed ? [] : await store.site(siteId, signal));
      const view = isFresh ? site.view : remember(siteId, await stored(), period, isAssumed);
      const folded = foldModel(view.chunks, view.wanted(wanted), terms);
      return folded.changed.length === 0 ? undefined : { siteId, readings: wanted, folded };
    },

    async keep({ siteId, readings, folded }, signal) {
      const period = newestPeriod(readings, terms);
      let { chunks, changed } = folded;
      try {
        for (let conflicts = 0; changed.length > 0; ) {
          const [chunk, ...others] = changed;
          if (chunk === undefined) return;
          try {
            const saved = await store.save(siteId, chunk, signal);
            chunks = chunks.map((one) => (one.number === saved.number ? saved : one));
            changed = others;
          } catch (error) {
            if (!(error instanceof VersionConflict) || conflicts++ === MAX_CONFLICTS) throw error;
            if (known.get(siteId)?.isAssumed) {
              // There is one: the next batch looks at what it says.
              known.delete(siteId);
              return;
            }
            ({ chunks, changed } = foldModel(await store.site(siteId, signal), readings, terms));
          }
        }
      } catch (error) {
        // What is stored is not known: it is read again with the next batch.
        known.delete(siteId);
        throw error;
      }
      remember(siteId, chunks, period);
    },
  };
}

const newestPeriod = (readings: readonly Reading[], terms: ModelTerms): number =>
  readings.reduce((newest, reading) => Math.max(newest, periodOf(reading, terms)), 0);
