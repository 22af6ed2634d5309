import { msg } from '@lingui/core/macro';
import { useLingui } from '@lingui/react/macro';
import { useEffect } from 'react';
import { nameIn, useSettings } from '../app/settings';
import { useStore } from '../live/store';
import { callForAttention, settle } from '../softphone/attention';
import { startRinging, stopRinging } from '../softphone/ring';
import { phone } from '../softphone/softphone';
import { me, useAgent, useRung } from './current';

const TITLE = msg`KC – pracoviště`;

/** Rings and calls for attention while a call is offered, in the window that has the telephone; in a break without a sound. */
export function useRinging(): void {
  const { i18n, t } = useLingui();
  const settings = useSettings();
  const state = useStore(phone.view, (view) => view.state);
  const offered = useRung();
  const id = offered?.id ?? null;
  const queue = nameIn(settings.queues, offered?.queueId) ?? '';
  useEffect(() => {
    if (!id) return settle(i18n._(TITLE));
    callForAttention({ title: t`Příchozí hovor`, body: queue, tag: id });
    return () => settle(i18n._(TITLE));
  }, [id, queue, i18n, t]);
  const resting = useAgent(me())?.presence === 'BREAK';
  const rings = id !== null && state !== 'elsewhere' && state !== 'off' && !resting;
  useEffect(() => {
    if (!rings) return;
    void startRinging();
    return stopRinging;
  }, [rings]);
}
