import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useCall } from './current';
import { OfferDialog } from './OfferDialog';

/** A call offered while another page is open: the same dialog over it; the answered call leads to the desk. */
export function FloatingOffer({ userId }: { userId: number }) {
  const call = useCall();
  const navigate = useNavigate();
  const [seen, setSeen] = useState<string | null>(null);
  const offered = call?.phase === 'OFFERED' && call.offeredTo === userId ? call : null;
  const answered = call?.phase === 'ACTIVE' && call.id === seen;
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
