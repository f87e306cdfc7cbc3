// Totals of the budget prévisionnel as one types; the server adds up again when it saves.
(() => {
  "use strict";

  const formulaire = document.querySelector("[data-budget]");
  if (!formulaire) return;

  // Cents, as integers: no floating point touches money. An unreadable amount counts for nothing, as for the server.
  const centimes = (texte) => {
    const brut = texte.replace(/[\s\u00a0\u202f\u2009€]/g, "").replace(",", ".");
    const lu = /^(\d{1,11})(?:\.(\d{1,2}))?$/.exec(brut);
    return lu ? Number(lu[1]) * 100 + Number((lu[2] || "").padEnd(2, "0")) : 0;
  };

  const ecrire = (valeur) => {
    const absolu = Math.abs(valeur);
    const entier = String(Math.floor(absolu / 100)).replace(/\B(?=(\d{3})+(?!\d))/g, "\u202f");
    return `${valeur < 0 ? "−" : ""}${entier},${String(absolu % 100).padStart(2, "0")}\u00a0€`;
  };

  const total = (prefixe) => {
    let somme = 0;
    document.querySelectorAll(`#rangs-${prefixe} tr`).forEach((rang) => {
      const retire = rang.querySelector("input[name$='-DELETE']");
      const montant = rang.querySelector("input[name$='-montant']");
      if (montant && !(retire && retire.checked)) somme += centimes(montant.value);
    });
    return somme;
  };

  const montrer = (nom, valeur) => {
    formulaire.querySelector(`[data-total="${nom}"]`).textContent = ecrire(valeur);
  };

  const calculer = () => {
    const charges = total("charges");
    const produits = total("produits");
    montrer("charges", charges);
    montrer("produits", produits);
    montrer("ecart", charges - produits);
    const signal = formulaire.querySelector("[data-equilibre] .signal");
    const juste = charges === produits;
    signal.className = `signal ${juste ? "signal-temps" : "signal-surveiller"}`;
    signal.textContent = juste ? "charges et produits s’équilibrent" : "le budget n’est pas équilibré";
  };

  formulaire.addEventListener("input", calculer);
  formulaire.addEventListener("change", calculer);
})();
