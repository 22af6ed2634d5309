import { Trans, useLingui } from '@lingui/react/macro';
import { type ReactNode, useState } from 'react';
import { nameIn, useSettings } from '../app/settings';
import { PhoneNumber } from '../calls/PhoneNumber';
import { CategoryPicker } from '../desk/CategoryPicker';
import { categorise } from '../desk/commands';
import { type Detail, useDetail } from '../desk/detail';
import { written as notesWritten, saving } from '../desk/drafts';
import { NoteEditor } from '../desk/NoteEditor';
import { OlderNotes, Steps } from '../desk/Steps';
import { duration, moment, number, phoneNumber } from '../format/format';
import { serverClock } from '../live/clock';
import { useStore } from '../live/store';
import { OutcomeBadge } from '../ui/OutcomeBadge';
import { RecordingPlayer } from './RecordingPlayer';

/** Everything known of one contact. */
export function ContactRecord({ id, version }: { id: string; version: number }) {
  const { t } = useLingui();
  const [again, setAgain] = useState(0);
  const written = useStore(notesWritten, (all) => all.get(id)?.version ?? 0);
  const conflict = useStore(saving, (all) => all.get(id) === 'conflict');
  const { detail, failed } = useDetail(id, `${version} ${again} ${written} ${conflict}`);
  if (!detail) return <p className="record quiet">{failed ? t`Kontakt se nepodařilo načíst.` : t`Načítá se…`}</p>;
  const { contact, client } = detail;
  return (
    <article className="record" data-testid="record">
      <header>
        <h2 className="record-title">{client?.name ?? phoneNumber(contact.customerNumber) ?? t`Skryté číslo`}</h2>
        <OutcomeBadge contact={contact} />
      </header>
      <Facts detail={detail} />
      {detail.recording && <RecordingPlayer recording={detail.recording} />}
      <section>
        <h3>
          <Trans>O čem to bylo</Trans>
        </h3>
        <CategoryPicker
          queueId={contact.queueId ?? null}
          value={contact.categoryId ?? null}
          onChange={async (category) => {
            if (await categorise(contact.id, category)) setAgain((n) => n + 1);
          }}
        />
        <NoteEditor contact={contact.id} notes={detail.notes} />
        <OlderNotes notes={detail.notes} />
      </section>
      <section>
        <h3>
          <Trans>Průběh</Trans>
        </h3>
        <Steps steps={detail.steps} />
      </section>
      {detail.quality.length > 0 && <QualityTable quality={detail.quality} />}
    </article>
  );
}

function Facts({ detail }: { detail: Detail }) {
  const { t } = useLingui();
  const settings = useSettings();
  const { contact } = detail;
  const seconds = (value: number | null | undefined) => (value == null ? null : duration(value));
  const facts: [string, ReactNode][] = [
    [t`Číslo`, <PhoneNumber key="number" number={contact.customerNumber} />],
    [t`Kdy`, moment(contact.arrivedAt, serverClock.now())],
    [t`Fronta`, nameIn(settings.queues, contact.queueId)],
    [t`Operátor`, nameIn(settings.staff, contact.agentId)],
    [t`Čekání`, seconds(contact.waitSeconds)],
    [t`Délka hovoru`, seconds(contact.talkSeconds)],
    [t`Podržení`, contact.heldSeconds ? seconds(contact.heldSeconds) : null],
  ];
  return (
    <dl className="record-facts">
      {facts.map(
        ([name, value]) =>
          value && (
            <div key={name}>
              <dt>{name}</dt>
              <dd className="figures">{value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

function QualityTable({ quality }: { quality: Detail['quality'] }) {
  const { t } = useLingui();
  const sides: Record<string, string> = { agent: t`operátor`, customer: t`volající`, member: t`další účastník` };
  return (
    <section>
      <h3>
        <Trans>Kvalita spojení</Trans>
      </h3>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">{t`Strana`}</th>
            <th scope="col" className="n">{t`Pakety`}</th>
            <th scope="col" className="n">{t`Ztraceno`}</th>
            <th scope="col" className="n">{t`Kolísání`}</th>
            <th scope="col" className="n">{t`Odezva`}</th>
            <th scope="col" className="n">
              MOS
            </th>
          </tr>
        </thead>
        <tbody>
          {quality.map((each, place) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a call may have had two agents, and its rows never move
            <tr key={place}>
              <th scope="row">{sides[each.leg] ?? each.leg}</th>
              <td className="n" data-label={t`Pakety`}>
                {each.received}
              </td>
              <td className="n" data-label={t`Ztraceno`}>
                {each.lost}
              </td>
              <td className="n" data-label={t`Kolísání`}>
                {number(Math.round(each.jitterMs * 10) / 10)} ms
              </td>
              <td className="n" data-label={t`Odezva`}>
                {each.roundTripMs == null ? '–' : `${number(Math.round(each.roundTripMs))} ms`}
              </td>
              <td className="n" data-label="MOS">
                {each.mos == null ? '–' : number(Math.round(each.mos * 10) / 10)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
