import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import type { PasswordProblem, RefusalCode, SignInRefusal } from '../gql/graphql';

export const NO_ANSWER = msg`Server neodpověděl. Zkontrolujte, zda se povel provedl, a případně ho zopakujte.`;
export const WENT_WRONG = msg`Tohle se nepovedlo. Zkuste to prosím znovu.`;

const REFUSALS: Record<RefusalCode, MessageDescriptor> = {
  NOT_FOUND: msg`To už neexistuje.`,
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
  CHANGED_MEANWHILE: msg`Mezitím to uložil někdo jiný.`,
  NUMBER_REFUSED: msg`Na tohle číslo se teď volat nesmí: nedovolují to pravidla hovorů ven.`,
  DESTINATION_UNAVAILABLE: msg`Tam teď hovor poslat nejde. Vyberte jiný cíl.`,
};

/** Said of an erasure that is refused because of its person. */
const PERSON_IN_USE = msg`S touto osobou se teď mluví, nebo čeká na zavolání. Nejdřív to dokončete.`;

export function refusalText(code: string): MessageDescriptor {
  if (code === 'PERSON_IN_USE') return PERSON_IN_USE;
  return REFUSALS[code as RefusalCode] ?? WENT_WRONG;
}

export const SIGN_IN_REFUSALS: Record<SignInRefusal, MessageDescriptor> = {
  WRONG: msg`Přihlašovací jméno nebo heslo nesouhlasí.`,
  CODE_REQUIRED: msg`Odtud se přihlašuje i druhým faktorem.`,
  CODE_WRONG: msg`Nesouhlasí, nebo už vypršel. Zkuste to znovu.`,
  SECOND_FACTOR_MISSING: msg`Odtud se můžete přihlásit jen s druhým faktorem a ten zatím nemáte nastavený. Přihlaste se z vnitřní sítě, nebo se obraťte na správce.`,
  TOO_MANY_ATTEMPTS: msg`Příliš mnoho pokusů.`,
  PASSWORD_CHANGE_REQUIRED: msg`Heslo už neplatí, nebo vám ho nastavil správce. Zvolte si nové.`,
  PASSWORD_REFUSED: msg`Tohle heslo použít nejde. Zvolte jiné.`,
  DIRECTORY_DOWN: msg`Podnikový adresář teď neodpovídá, přihlásit se do něj nejde. Zkuste to za chvíli.`,
  DISABLED: msg`Váš účet je vypnutý. Obraťte se na správce.`,
  EXPIRED: msg`Platnost vašeho účtu skončila. Obraťte se na správce.`,
  LOCKED: msg`Účet je v podnikovém adresáři na čas zamčený. Zkuste to později, nebo se obraťte na správce.`,
  NOT_NOW: msg`Podnikový adresář vás v tuto dobu nebo odtud nepustí.`,
  NO_RIGHTS: msg`Do kontaktního centra nemáte přístup: nejste v žádné skupině, která ho dává. Požádejte správce.`,
  LOGIN_TAKEN: msg`Účet s tímto jménem tu už je a nepatří k podnikovému adresáři. Obraťte se na správce.`,
  NOT_ACCEPTED: msg`Takhle se přihlásit nepodařilo. Zkuste to jinak.`,
  STEP_OVER: msg`Přihlášení trvalo příliš dlouho. Začněte prosím znovu.`,
};

export const PASSWORD_CHANGED = msg`Heslo je změněné. Jinde jste odhlášeni.`;
export const CHANGE_PASSWORD_NOW = msg`Jinde jste odhlášeni. Teď si hned změňte heslo.`;
export const NEW_DEVICE = msg`Váš účet byl použit v novém zařízení. Podívejte se do Můj účet, jestli jste to vy.`;
export const DIFFERENT_PASSWORDS = msg`Hesla se liší. Napište nové heslo dvakrát stejně.`;

export const PASSWORD_PROBLEMS: Record<PasswordProblem, MessageDescriptor> = {
  TOO_SHORT: msg`Je příliš krátké.`,
  TOO_LONG: msg`Je příliš dlouhé.`,
  COMMON: msg`Patří k těm, která útočníci zkoušejí nejdřív.`,
  BLOCKED_WORD: msg`Obsahuje slovo, které správce zakázal.`,
  LIKE_NAME: msg`Obsahuje vaše jméno.`,
  USED_BEFORE: msg`Už jste ho používali.`,
  NEEDS_UPPER_AND_LOWER: msg`Chybí velké nebo malé písmeno.`,
  NEEDS_DIGIT: msg`Chybí číslice.`,
  NEEDS_SIGN: msg`Chybí jiný znak než písmeno a číslice.`,
};
