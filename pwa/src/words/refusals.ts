import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import type { RefusalCode, SignInRefusal } from '../gql/graphql';

export const NO_ANSWER = msg`Server neodpověděl. Zkontrolujte, zda se povel provedl, a případně ho zopakujte.`;
export const WENT_WRONG = msg`Tohle se nepovedlo. Zkuste to prosím znovu.`;

const REFUSALS: Record<RefusalCode, MessageDescriptor> = {
  NOT_FOUND: msg`Tenhle kontakt už neexistuje.`,
  WRONG_PHASE: msg`Hovor je mezitím v jiném stavu, povel se neprovedl.`,
  NOT_YOURS: msg`Tenhle kontakt vyřizuje někdo jiný.`,
  OFFER_GONE: msg`Hovor už vám není nabízen. Volající zavěsil, nebo ho dostal kolega.`,
  AGENT_BUSY: msg`Máte rozpracovaný kontakt. Nejdřív ho dokončete.`,
  AGENT_NOT_READY: msg`Nejste ve stavu Připraven.`,
  PHONE_NOT_CONNECTED: msg`Telefon není připojený. Spusťte směnu, nebo počkejte, až se spojení obnoví.`,
  PHONE_ELSEWHERE: msg`Telefon běží v jiném okně.`,
  PHONE_RINGS: msg`Hovor zvoní na vašem telefonu. Přijměte ho tam.`,
  TELEPHONE_CHOSEN: msg`Pracujete na vlastním telefonu. Tohle jde jen s telefonem v prohlížeči.`,
  NOT_RECORDED: msg`Tenhle hovor se nenahrává.`,
  NOT_ALLOWED: msg`K tomu nemáte oprávnění.`,
  QUEUES_ARE_SET: msg`Fronty vám přiděluje vedoucí, sami si je měnit nemůžete.`,
  BAD_INPUT: msg`Server zadané údaje nepřijal. Zkontrolujte je.`,
  BRIDGE_AWAY: msg`Telefonní ústředna teď neodpovídá. Zkusíme to znovu.`,
  COLLEAGUE_AWAY: msg`Kolega má přestávku nebo není připraven.`,
  COLLEAGUE_BUSY: msg`Kolega teď nemůže: má jiný kontakt, nebo nemá připojený telefon.`,
  CONFERENCE_FULL: msg`Do hovoru už nikoho dalšího přidat nejde.`,
  BAD_NUMBER: msg`Tohle není platné telefonní číslo.`,
  DESTINATION_UNAVAILABLE: msg`Tam teď hovor poslat nejde. Vyberte jiný cíl.`,
};

export function refusalText(code: string): MessageDescriptor {
  return REFUSALS[code as RefusalCode] ?? WENT_WRONG;
}

export const SIGN_IN_REFUSALS: Record<SignInRefusal, MessageDescriptor> = {
  WRONG: msg`Přihlašovací jméno nebo heslo nesouhlasí.`,
  CODE_REQUIRED: msg`Opište kód z ověřovací aplikace.`,
  CODE_WRONG: msg`Kód nesouhlasí nebo už vypršel. Opište z aplikace nový.`,
  SECOND_FACTOR_MISSING: msg`Odtud se můžete přihlásit jen s druhým faktorem a ten zatím nemáte nastavený. Přihlaste se z vnitřní sítě, nebo se obraťte na správce.`,
  TOO_MANY_ATTEMPTS: msg`Příliš mnoho pokusů. Počkejte několik minut a zkuste to znovu.`,
};
