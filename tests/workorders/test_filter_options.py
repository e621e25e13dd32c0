from __future__ import annotations

from workorders.views.listing import option_tags


def test_names_of_people_and_places_are_escaped_in_the_filters():
    tags = option_tags([("", "Anybody"), ('"><script>', "<b>O'Hara</b> & Sons")], '"><script>')
    assert tags == (
        '<option value="">Anybody</option>'
        '<option value="&quot;&gt;&lt;script&gt;" selected>&lt;b&gt;O&#x27;Hara&lt;/b&gt; &amp; Sons</option>'
    )
