/* Select2, used by the admin for long lists, leaves its box without a name until something is chosen, and gives the
   keyboard to its search field only at a later turn: on a busy machine the first letters typed were lost. */
(function () {
  "use strict";

  function nommer(racine) {
    racine.querySelectorAll("select.admin-autocomplete").forEach(function (liste) {
      var boite = liste.parentElement.querySelector(".select2-selection");
      var etiquette = liste.id && document.querySelector('label[for="' + CSS.escape(liste.id) + '"]');
      var nom = liste.getAttribute("aria-label") || (etiquette && etiquette.textContent.replace(/[\s:]+$/, ""));
      if (boite && nom) {
        var choisi = liste.selectedOptions.length ? liste.selectedOptions[0].textContent.trim() : "";
        boite.removeAttribute("aria-labelledby");
        boite.setAttribute("aria-label", choisi ? nom + " : " + choisi : nom);
        var valeur = boite.querySelector(".select2-selection__rendered");
        if (valeur) { valeur.setAttribute("aria-label", choisi || nom); }
      }
    });
  }

  window.addEventListener("load", function () {
    nommer(document);
    window.setTimeout(function () { nommer(document); }, 300); // rows of inlines get their lists later
    if (window.django && window.django.jQuery) {
      window.django.jQuery(document).on("change", "select.admin-autocomplete", function () {
        nommer(document);
      });
      window.django.jQuery(document).on("select2:open", function () {
        var cherche = document.querySelector(".select2-container--open .select2-search__field");
        if (cherche) { cherche.focus(); }
      });
    }
  });
  document.addEventListener("formset:added", function () {
    window.setTimeout(function () { nommer(document); }, 0);
  });
})();
