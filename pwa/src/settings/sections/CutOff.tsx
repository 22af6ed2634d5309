/** Before stricter rules of calls going out are saved: from where nobody will be called any more. */
import { useLingui } from '@lingui/react/macro';
import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { phoneNumber } from '../../format/format';
import type { SaveCallSettingsMutation } from '../../gql/graphql';
import { Button } from '../../ui/Button';
import { named, objectOf } from '../changes/write';

export type Place = Extract<SaveCallSettingsMutation['saved'], { __typename: 'CutOffRefused' }>['places'][number];

export function CutOff({ places, answer }: { places: readonly Place[]; answer: (sure: boolean) => void }) {
  const { t } = useLingui();
  return (
    <ModalOverlay className="overlay" isOpen isDismissable onOpenChange={(open) => !open && answer(false)}>
      <Modal className="wide-modal">
        <Dialog className="dialog stack" role="alertdialog" data-testid="cut-off">
          <Heading slot="title" level={2}>{t`Uložit, i když odtud přestanou jít hovory ven?`}</Heading>
          <p>
            {t`Nová pravidla zakazují čísla, kam dnes vedou tato nastavení. Po uložení se na ně volat nebude: volající půjdou náhradní cestou, nebo uslyší, že to teď nejde; operátorům se hovor odmítne.`}
          </p>
          <ul className="named-places" data-testid="cut-off-places">
            {places.map((place) => (
              <li key={JSON.stringify(place)}>{placeText(place)}</li>
            ))}
          </ul>
          <div className="form-row">
            <Button tone="bad" icon="check" onPress={() => answer(true)} testId="cut-off-sure">
              {t`Přesto uložit`}
            </Button>
            <Button autoFocus onPress={() => answer(false)} testId="cut-off-back">
              {t`Zpět k úpravám`}
            </Button>
          </div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

/** Fronty „Platby“, Přetečení › 1. › Kam: +420 602 333 444 */
export function placeText({ object, field, name, number }: Place): string {
  const of = objectOf(object);
  const where = name || (field && named(object.slice(0, object.indexOf('/')), '', field).label);
  return `${[`${of.kind} „${of.name}“`, where].filter(Boolean).join(', ')}: ${phoneNumber(number) ?? number}`;
}
