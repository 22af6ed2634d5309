import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useCall, useRung } from './current';
import { OfferDialog } from './OfferDialog';

/** A call offered while another page is open: the same dialog over it; the answered call leads to the desk. */
export function FloatingOffer() {
  const call = useCall();
  const navigate = useNavigate();
  const [seen, setSeen] = useState<string | null>(null);
  const offered = useRung();
  const answered = call?.id === seen && !offered && call?.phase === 'ACTIVE';
  const id = offered?.id;
  useEffect(() => {
    if (id) setSeen(id);
  }, [id]);
  useEffect(() => {
    if (answered) void navigate({ to: '/' });
  }, [answered, navigate]);
  if (!offered) return null;
  return (
    <div className="floating">
      <OfferDialog key={offered.id} contact={offered} />
    </div>
  );
}
